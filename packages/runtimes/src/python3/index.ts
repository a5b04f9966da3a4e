import type { JobInput, Launch, ProcessRuntime, ScriptSource, FoundToolchain } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import type { ArgType } from '../signature.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `def main(name: str, times: int = 1):
    greeting = f"Hello {name}"
    for _ in range(times):
        print(greeting)
    return {"greeting": greeting, "times": times}
`

/** Isolated from the environment and from packages of the host; text is UTF-8 everywhere. */
const FLAGS = ['-I', '-S', '-B', '-X', 'utf8']

/** Python 3. */
export const python3: ProcessRuntime = {
  kind: 'process',
  id: 'python3',
  info: {
    label: 'Python',
    extension: '.py',
    aliases: ['python', 'py'],
    editor: 'python',
    icon: 'PY',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const conversions = signature.ok ? conversionsOf(signature.value.args) : {}
  const program = toolchain.paths['python'] ?? 'python3'
  const launch = (strategy: Launch['strategy'], file: string): Launch => ({
    strategy,
    argv: [program, ...FLAGS, `/runtime/${file}`],
    env: jobEnvironment,
    encodeInput: ({ args, env }: JobInput, folder) => encodeJson({ folder, args, env, conversions }, 'job '),
  })
  return {
    files: { 'main.py': script.content },
    build: undefined,
    launch: launch('zygote', 'zygote.py'),
    launchWithoutNesting: launch('prewarm', 'prewarm.py'),
    withoutFrame: 'error',
  }
}

/** Arguments that JSON cannot carry and that are therefore made from text: `{since: 'datetime', files: 'bytes'}`. */
function conversionsOf(args: readonly { readonly name: string; readonly typ: ArgType }[]): Record<string, string> {
  const converted = args.flatMap(({ name, typ }): [string, string][] => {
    const item = typeof typ === 'object' && 'list' in typ ? typ.list : typ
    return item === 'bytes' || item === 'datetime' || item === 'date' ? [[name, item]] : []
  })
  return Object.fromEntries(converted)
}
