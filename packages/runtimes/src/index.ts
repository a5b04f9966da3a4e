export { loadGrammars } from './grammar.ts'
export { allRuntimes, findRuntime } from './registry.ts'
export type {
  Build,
  HostContext,
  JobInput,
  Launch,
  Prepared,
  ProcessRuntime,
  Runtime,
  RuntimeInfo,
  ScriptSource,
  SignatureProblem,
  Toolchain,
} from './runtime.ts'
export { toSchema } from './schema.ts'
export type { Arg, ArgType, Property, Signature } from './signature.ts'
