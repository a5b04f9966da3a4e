import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Build, FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { encodeEnvironment, encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { parseSignature, toInnerPackage } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `package inner

import "fmt"

func main(name string, times int) (map[string]any, error) {
	greeting := fmt.Sprintf("Hello %s", name)
	for count := 0; count < times; count++ {
		fmt.Println(greeting)
	}
	return map[string]any{"greeting": greeting, "times": times}, nil
}
`
const files = new URL('./files/', import.meta.url)
const MAIN = readFileSync(new URL('main.go', files), 'utf8')
const BRIDGE = readFileSync(new URL('bridge.go', files), 'utf8')
const BUILD = readFileSync(new URL('build.sh', files), 'utf8')

/** Go, with its standard library. */
export const go: ProcessRuntime = {
  kind: 'process',
  id: 'go',
  info: { label: 'Go', extension: '.go', aliases: ['golang'], editor: 'go', icon: 'GO', starter: STARTER },
  files,
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const names = signature.ok ? signature.value.args.map((arg) => arg.name) : []
  return {
    files: { 'main.go': script.content },
    build: describeBuild(script, toolchain),
    launch: {
      strategy: 'prewarm',
      argv: ['/bin/bash', '--noprofile', '--norc', '/runtime/parked.sh', '/job/program'],
      env: jobEnvironment,
      encodeInput: (input) => Buffer.concat([encodeEnvironment(input.env), encodeJson({ names, args: input.args })]),
    },
    withoutFrame: 'error',
  }
}

function describeBuild(script: ScriptSource, toolchain: FoundToolchain): Build {
  const root = toolchain.paths['root'] ?? ''
  const [major, minor] = toolchain.version.split('.')
  const sources = {
    'go.mod': `module job\n\ngo ${major}.${minor}\n`,
    'main.go': MAIN,
    'inner/bridge.go': BRIDGE,
    'inner/main.go': toInnerPackage(script.content),
  }
  const hash = createHash('sha256').update(JSON.stringify([toolchain.version, process.arch, BUILD, sources]))
  return {
    key: hash.digest('hex'),
    files: sources,
    argv: ['/bin/sh', '/runtime/build.sh', `${root}/bin/go`],
    env: {
      ...jobEnvironment,
      GOROOT: root,
      GOCACHE: '/cache/build',
      GOMODCACHE: '/cache/modules',
      GOPATH: '/tmp/go',
      GOENV: 'off',
      GOFLAGS: '-mod=mod',
      GOPROXY: 'off',
      GOSUMDB: 'off',
      GOTOOLCHAIN: 'local',
      GOTELEMETRY: 'off',
      CGO_ENABLED: '0',
    },
    cache: true,
    network: 'none',
    output: 'program',
  }
}
