import type { ProcessRuntime, ScriptSource, FoundToolchain } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `export async function main(name: string, times = 1) {
  const greeting = \`Hello \${name}\`
  for (let count = 0; count < times; count++) console.log(greeting)
  return { greeting, times }
}
`

/** TypeScript and JavaScript on Bun. */
export const bun: ProcessRuntime = {
  kind: 'process',
  id: 'bun',
  info: {
    label: 'TypeScript',
    extension: '.ts',
    aliases: ['.js', '.mjs', '.mts', 'typescript', 'ts'],
    editor: 'typescript',
    icon: 'TS',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  escapes: new URL('./escapes/driver.ts', import.meta.url),
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const args = signature.ok ? signature.value.args : undefined
  const argNames = args?.map((arg) => arg.name)
  const dates = args?.filter((arg) => arg.typ === 'datetime').map((arg) => arg.name) ?? []
  // A script that imports nothing reaches the streams only by name.
  const usesStreams = /\b(?:stdout|stderr|import|require)\b/.test(script.content)
  return {
    files: { 'main.ts': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      // Without --no-install a missing package would be fetched while the job runs.
      argv: [toolchain.paths['bun'] ?? 'bun', '--no-install', '/runtime/wrapper.mjs'],
      env: { ...jobEnvironment, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1' },
      encodeInput: (input) => encodeJson({ argNames, dates, usesStreams, args: input.args, env: input.env }),
    },
    withoutFrame: 'error',
  }
}
