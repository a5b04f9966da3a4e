export { loadGrammarOf, loadGrammars } from './load-grammars.ts'
export { loadModules, TooManyModules } from './load-modules.ts'
export type { Module, Modules } from './load-modules.ts'
export { needsPackages } from './needs-packages.ts'
export { dependencyFilePath, findOwnImports, type PlacedSource } from './own-imports.ts'
export { readVolumes, type Volume } from './read-volumes.ts'
export { allRuntimes, findPackagedRuntime, findRuntime } from './registry.ts'
export type {
  Build,
  Dependencies,
  FoundToolchain,
  HostContext,
  Install,
  JobInput,
  Launch,
  Prepared,
  PreparedQuery,
  ProcessRuntime,
  QueryProblem,
  QueryRequest,
  QueryRuntime,
  Registries,
  Runtime,
  RuntimeInfo,
  ScriptSource,
  SignatureProblem,
  Step,
  Toolchain,
} from './runtime.ts'
export { driverProgram, helperProgram, queryFolders } from './shared/query-folders.ts'
export { toSchema } from './schema.ts'
export type { Arg, ArgType, Property, Signature } from './signature.ts'
