import type { JobInput, LocalRun, ProcessRuntime, ScriptSource, FoundToolchain } from '../runtime.ts'
import { encodeEnvironment } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { findPositions, parseSignature, type PositionalArg } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `name="$1"
times="\${2:-1}"

for ((count = 0; count < times; count++)); do
  echo "Hello $name"
done
`
/** What it prints is its result, so it needs nothing beside it. */
const LOCAL: LocalRun = { script: 'main.sh', files: {}, argv: ['bash', 'main.sh'], takesWords: true }
const encoder = new TextEncoder()

/** Bash. */
export const bash: ProcessRuntime = {
  kind: 'process',
  id: 'bash',
  info: {
    label: 'Bash',
    extension: '.sh',
    aliases: ['sh', 'shell'],
    editor: 'shell',
    icon: 'SH',
    starter: STARTER,
    local: LOCAL,
  },
  files: new URL('./files/', import.meta.url),
  escapes: new URL('./escapes/driver.sh', import.meta.url),
  grammar: 'bash',
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const positions = findPositions(script.content)
  const command = [toolchain.paths['bash'] ?? 'bash', '--noprofile', '--norc', '/runtime/wrapper.sh'] as const
  return {
    files: { 'main.sh': script.content },
    build: undefined,
    launch: {
      strategy: 'spawn',
      argv: command,
      env: jobEnvironment,
      encodeInput: (input) => encodeArguments(input, positions),
    },
    launchWithoutNesting: {
      strategy: 'prewarm',
      argv: [...command, 'environment'],
      env: jobEnvironment,
      encodeInput: (input) => Buffer.concat([encodeEnvironment(input.env), encodeArguments(input, positions)]),
    },
    withoutFrame: 'last-line-of-stdout',
  }
}

/** `<bytes>\n` and the arguments by position, each ended by NUL; those after the last given one are left out. */
function encodeArguments({ args }: JobInput, positions: readonly PositionalArg[]): Uint8Array {
  const given: string[] = []
  for (const { position, arg } of positions) {
    const value = Object.hasOwn(args, arg.name) ? args[arg.name] : undefined
    if (value === undefined || value === null) continue
    while (given.length < position) given.push('')
    given[position - 1] = toText(value)
  }
  const body = encoder.encode(given.map((text) => `${text}\0`).join(''))
  return Buffer.concat([encoder.encode(`${body.length}\n`), body])
}

/** Texts as they are, everything else as JSON. An argument cannot hold NUL. */
function toText(value: unknown): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\0', '')
}
