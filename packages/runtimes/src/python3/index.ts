import type { FoundToolchain, JobInput, Launch, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import type { ArgType } from '../signature.ts'
import { readAnnotations } from './annotations.ts'
import { dependencies, hasPackages, interpreterOf, PACKAGES } from './dependencies.ts'
import { layOut } from './job-files.ts'
import { localRun } from './local-run.ts'
import { missingInterpreter, type Interpreter } from './python-version.ts'
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
/** An argument that names the function to be called in place of `main`. */
const ENTRYPOINT = '_ENTRYPOINT_OVERRIDE'

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
    local: localRun,
  },
  files: new URL('./files/', import.meta.url),
  escapes: new URL('./escapes/driver.py', import.meta.url),
  grammar: 'python',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
  mayBeWorkflow: (source) => /^@(?:\w+\.)*workflow\b/m.test(source),
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const conversions = signature.ok ? conversionsOf(signature.value.args) : {}
  const { files, ...place } = layOut(script)
  const interpreter = interpreterOf(script, toolchain)
  const hasFolder = hasPackages(script.lock ?? '')
  const job = {
    ...place,
    // Then the packages of its path need not be made to load it, which takes longer than a small script.
    isAlone: Object.keys(script.modules ?? {}).length === 0,
    isPlain: readAnnotations(script.content).isResultPlain,
    problem:
      script.lock === undefined && interpreter.program === undefined ? missing(interpreter, toolchain) : undefined,
  }
  const program = interpreter.program ?? fallbackProgram(script, interpreter, toolchain)
  const launch = (strategy: Launch['strategy'], file: string): Launch => ({
    strategy,
    argv: [program, ...FLAGS, `/runtime/${file}`, ...(hasFolder ? [PACKAGES] : [])],
    env: hasFolder ? { ...jobEnvironment, PATH: `${jobEnvironment['PATH']}:${PACKAGES}/bin` } : jobEnvironment,
    encodeInput({ args, env, workflow }: JobInput) {
      const { [ENTRYPOINT]: entrypoint, ...given } = args
      const call = entrypoint === undefined ? { entrypoint: 'main', conversions } : { entrypoint, conversions: {} }
      return encodeJson({ env, args: given, workflow, ...call, ...job })
    },
  })
  return {
    files,
    build: undefined,
    launch: launch('zygote', 'zygote.py'),
    launchWithoutNesting: launch('prewarm', 'prewarm.py'),
    dedicated: launch('dedicated', 'dedicated.py'),
    withoutFrame: 'error',
  }
}

function missing({ minor }: Interpreter, toolchain: FoundToolchain): string {
  return missingInterpreter(minor, toolchain)
}

/** A locked script brings the interpreter that its host lacks with its packages; else the default tells the job's problem. */
function fallbackProgram(script: ScriptSource, { minor }: Interpreter, toolchain: FoundToolchain): string {
  if (script.lock !== undefined) return `${PACKAGES}/.python/current/bin/python3.${minor}`
  return toolchain.paths['python'] ?? 'python3'
}

/** Arguments that JSON cannot carry and that are therefore made from text: `{since: 'datetime', files: 'bytes'}`. */
function conversionsOf(args: readonly { readonly name: string; readonly typ: ArgType }[]): Record<string, string> {
  const converted = args.flatMap(({ name, typ }): [string, string][] => {
    const item = typeof typ === 'object' && 'list' in typ ? typ.list : typ
    return item === 'bytes' || item === 'datetime' || item === 'date' ? [[name, item]] : []
  })
  return Object.fromEntries(converted)
}
