import { readFileSync } from 'node:fs'
import type { Build, FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { launchProgram } from '../shared/launch-program.ts'
import { dependencies, MODULES } from './dependencies.ts'
import { goEnvironment, languageVersion } from './environment.ts'
import { readLock, readModule } from './module.ts'
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

/** Go. */
export const go: ProcessRuntime = {
  kind: 'process',
  id: 'go',
  info: { label: 'Go', extension: '.go', aliases: ['golang'], editor: 'go', icon: 'GO', starter: STARTER },
  files,
  grammar: 'go',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const names = signature.ok ? signature.value.args.map((arg) => arg.name) : []
  return {
    files: { 'main.go': script.content },
    build: describeBuild(script, toolchain),
    ...launchProgram(({ args }) => encodeJson({ names, args })),
    withoutFrame: 'error',
  }
}

function describeBuild(script: ScriptSource, toolchain: FoundToolchain): Build {
  const version = languageVersion(toolchain)
  const { mod, sum } =
    script.lock === undefined ? { mod: readModule(script.content, version), sum: '\n' } : readLock(script.lock, version)
  const hasModules = sum.trim() !== ''
  const sources = {
    'go.mod': mod,
    'go.sum': sum,
    'main.go': MAIN,
    'inner/bridge.go': BRIDGE,
    'inner/main.go': toInnerPackage(script.content),
  }
  return {
    key: contentKey([toolchain.version, process.arch, BUILD, sources]),
    files: sources,
    argv: ['/bin/sh', '/runtime/build.sh', `${toolchain.paths['root']}/bin/go`],
    env: {
      ...goEnvironment(toolchain),
      GOMODCACHE: hasModules ? MODULES : '/tmp/modules',
      GOFLAGS: '-mod=readonly',
      GOPROXY: 'off',
      GOSUMDB: 'off',
    },
    cache: true,
    network: 'none',
    output: 'program',
    holdsPackages: true,
  }
}
