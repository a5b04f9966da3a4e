import type { Result } from '@millrace/base/result'
import type { Mount } from '@millrace/sandbox/spec'
import type { Signature } from './signature.ts'

/** What the platform tells the world about a language: the web picks editor grammar, icon and template from it. */
export interface RuntimeInfo {
  readonly label: string
  /** File extension of a script on disk, with its dot: `.ts`. */
  readonly extension: string
  /** Further extensions and names that the command line accepts for this language. */
  readonly aliases: readonly string[]
  /** Monaco's language id. */
  readonly editor: string
  /** Name of a lucide icon, or a two-letter mark. */
  readonly icon: string
  /** A script that runs as it stands, offered for a new one. */
  readonly starter: string
  /** Absent where a script cannot be run by its interpreter alone. */
  readonly local?: LocalRun
}

/**
 * How people run a script by hand, to debug it: without a sandbox, in a folder where `args.json` has the arguments by name
 * and `parameters.json` the names of the parameters of `main`, in order. Prints the result as JSON.
 */
export interface LocalRun {
  /** File that the script itself goes to. */
  readonly script: string
  /** Files beside it, by name. */
  readonly files: Readonly<Record<string, string>>
  readonly argv: readonly [string, ...string[]]
  /** The arguments are words of the command, in the order of the parameters; false when absent. */
  readonly takesWords?: boolean
}

/** Why a source has no signature; `line` counts from 1. */
export interface SignatureProblem {
  readonly message: string
  readonly line: number | undefined
}

/** A toolchain that is there. */
export interface FoundToolchain {
  readonly found: true
  readonly version: string
  readonly paths: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
}

/** A toolchain as looked for on this host. */
export type Toolchain = FoundToolchain | { readonly found: false; readonly problem: string; readonly remedy: string }

/** What a runtime may use while it looks for its toolchain or builds. */
export interface HostContext {
  /** A folder that persists over restarts, readable by jobs: `<dataDir>/toolchains/<runtime id>`. */
  readonly toolchainFolder: string
  /** A path is of use only if a job's user can reach it; with it a runtime skips interpreters in private homes. */
  isReachable(path: string): Promise<boolean>
}

/** A script to be run, with its folder already made. All `inside` paths are fixed: the job's folder is `/job`. */
export interface ScriptSource {
  readonly content: string
  /** Where it is in the workspace; a script that was never deployed may have none. */
  readonly path: string | undefined
  /** What its dependencies were resolved to, in the words of `Dependencies.resolve`; undefined where nothing was resolved. */
  readonly lock?: string | undefined
  /** Sources of the scripts of the workspace that it imports, directly or by others, by path (`f/folder/name`). */
  readonly modules?: Readonly<Record<string, string>>
  /** Dependency files of the workspace for this language, by name; the one that holds for all scripts has the name `''`. */
  readonly manifests?: Readonly<Record<string, string>>
}

/** A command that is run in the sandbox once for each content, and whose output is kept by `key`. */
export interface Step {
  /** Content hash of everything that the output depends on. */
  readonly key: string
  /** Files written to `/job` before the command starts. */
  readonly files: Readonly<Record<string, string>>
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** A persistent writable folder shared by the steps of this runtime, mounted at `/cache`. */
  readonly cache: boolean
  readonly network: 'host' | 'none'
  /** What is kept, by its name below `/job`. */
  readonly output: string
}

/** Compiles a script: its output is one file, found by the job as `/job/program`, or as `/build/program` by a launch that serves more than one job. The packages of its `Install` are mounted. */
export interface Build extends Step {
  /** The output has all of the packages in it: jobs run without them mounted, in boxes that know no lock; false when absent. */
  readonly holdsPackages?: boolean
}

/** Installs what a lock names: its output is a folder, which every job with this lock sees read-only as `inside`. */
export interface Install extends Step {
  readonly inside: string
}

/** Where packages come from, as the instance's settings say; a step passes it on in the words of its package manager. */
export interface Registries {
  /** Environment of every step with network: proxies, certificates, and what the server was told about package managers. */
  readonly env: Readonly<Record<string, string>>
}

/** How a language finds, pins and installs the packages that scripts import. All of it describes; the worker executes. */
export interface Dependencies {
  /** Paths of the scripts of the workspace that a source imports itself; `path` is its own, which relative imports start from. */
  workspaceImports(content: string, path: string | undefined): readonly string[]
  /** What a dependency file is called on disk, after its name and a dot if it has one; absent where scripts use none. */
  readonly manifestFile?: string
  /** Names of the workspace's dependency files that a source asks for; `''` is the one that holds for all. */
  manifestNames(content: string): readonly string[]
  /**
   * The step that pins everything a script needs, with its modules'; its output is the text of the lock. Undefined where
   * the script needs no package: then it has no lock. The same needs give the same `key`.
   */
  resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined
  /** The step that installs a lock; undefined where that is the build's business, or there is nothing in it. */
  install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined
}

/** What the script is called with. */
export interface JobInput {
  readonly args: Readonly<Record<string, unknown>>
  /** The contextual environment (`WM_TOKEN`, …). With `spawn` it is also the environment of the process. */
  readonly env: Readonly<Record<string, string>>
  /** Of a script that may be a workflow: what is over of it, in the words of the published clients; JSON. */
  readonly workflow?: unknown
}

/**
 * How a run starts. Over the control channel (descriptor 3) the worker sends what `encodeInput` made; back come frames,
 * each a header line `<kind> <bytes>\n` and that many bytes:
 *  - `result`: the value of `main` as JSON · `text`: the value as plain text · `error`: `{name, message, stack}` as JSON.
 *  - `suspend`: a workflow has come to where it waits; what for as JSON, in the words of the published clients.
 *  - `step` (not `dedicated`): what an inline step of a workflow gave, as JSON in the words of the published clients. The worker answers
 *    with `<bytes>\n` and `{isKept, failure?}` as JSON when it is kept; one at a time.
 *  - `over` (not `dedicated`; without bytes): the last of a process that leaves nothing to do for its own end, which is then not waited for.
 *  - `exit` (`zygote` and `dedicated` only): `{code, signal, memoryPeakBytes, cpuMs}` as JSON, once the job's whole tree is gone.
 * Strategies:
 *  - `spawn`: the command starts when its job is there, in a box that was made ahead where the host can; input is written at once,
 *    and what a `Build` made is `/job/program`.
 *  - `prewarm`: started ahead in a fresh job folder with `/job` empty; it does its imports, waits on descriptor 3 for its
 *    one job, whose files the worker writes to `/job` before it sends the input; what a `Build` made is `/job/program`, so
 *    that one parked box serves any script of the language.
 *  - `zygote`: the command stays, with the parent of its job folders mounted at `/jobs`. Ahead of each job it forks a child that
 *    isolates itself (own processes, own mounts with `/jobs/<turn>` as `/job`; turns count from 0), drops all rights and runs
 *    the one job. It makes the folders, and sends a frame `ready` when the first is there. The worker sends `job <bytes> <turn> <end>\n`
 *    and the input, and `term\n`, `kill\n` or `more <bytes>\n` and bytes for the job meanwhile; back come frames `stdout`, `stderr` and `channel` with what the job wrote
 *    on its descriptors 1, 2 and 3, and `exit` when its tree is gone and the next folder is there; where `<end>` is `early`, when nothing of a job that said `over` runs
 *    any more (`whole` where its peak of memory must be asked of processes that are gone). One job at a time.
 *  - `dedicated`: a process that serves one script only, whose files lie in `/job` when it starts. It loads the script and then
 *    runs `main` itself, job after job. The worker sends `<token>\n` once and then each job as `job <round>\n` and its input, several
 *    ahead of their turn. The process reads them in order; for each it writes how many it has read (modulo 256) as byte 1 of the file
 *    `.gate`, which it opened in its folder and unlinked at its start, and then reads byte 0: a job of another round was taken back,
 *    and it only says `skip` (without a payload). Else it runs the job, prints `<token>\n` on both stdout and stderr, which ends
 *    that job's log, and sends its frames and `exit`. Whatever the script keeps in its memory, its next job finds. It is killed
 *    where a job must end.
 */
export interface Launch {
  readonly strategy: 'spawn' | 'prewarm' | 'zygote' | 'dedicated'
  readonly argv: readonly [string, ...string[]]
  /** Environment of the interpreter itself. */
  readonly env: Readonly<Record<string, string>>
  readonly encodeInput: (input: JobInput) => Uint8Array
}

/** Everything that a run of one script needs, a pure function of script and toolchain. */
export interface Prepared {
  /** Written to `/job` (relative names) before the run. */
  readonly files: Readonly<Record<string, string>>
  readonly build: Build | undefined
  readonly launch: Launch
  /** For a host whose sandbox cannot nest, where a `zygote` cannot be and a `spawn` is slow: another strategy with the same wrapper. */
  readonly launchWithoutNesting?: Launch
  /** For a script that has processes of its own; absent where the language cannot. */
  readonly dedicated?: Launch
  /** What counts as the result when the tree exits with 0 and sent no frame. */
  readonly withoutFrame: 'last-line-of-stdout' | 'error'
}

/** A language that the platform can run. A runtime describes; the worker and the sandbox execute. */
export interface ProcessRuntime {
  readonly kind: 'process'
  /** Permanent: it is stored with every script. */
  readonly id: string
  readonly info: RuntimeInfo
  /** Needs no sandboxed process of its own, so that workers in native mode run many at once; false when absent. */
  readonly isNative?: boolean
  /** Folder of files (wrapper, …) mounted read-only at `/runtime`; copied to the data folder at worker start. */
  readonly files: URL
  /**
   * A script that carries out the attempts of the escape corpus by the means of this language: `main(plan)` gets one attempt
   * a line and prints what came of each, as its neighbours do. Absent where the language has no means of its own.
   */
  readonly escapes?: URL
  /** The grammar that its sources are read with, by the name that it was declared by; absent where it needs none. */
  readonly grammar?: string
  /** From the syntax tree, by the rules of the documented schema inference. Pure after `loadGrammarOf(runtime)`. */
  parseSignature(source: string): Result<Signature, SignatureProblem>
  findToolchain(host: HostContext): Promise<Toolchain>
  prepare(script: ScriptSource, toolchain: FoundToolchain): Prepared
  /** Absent where scripts of the language can import nothing but what comes with it. */
  readonly dependencies?: Dependencies
  /** Whether a source may be a workflow, by a look; its wrapper knows. Absent where the language has none. */
  mayBeWorkflow?(source: string): boolean
}

/** A value that a statement binds. */
export interface QueryValue {
  /** As the statement names it, without its sign. */
  readonly name: string
  /** As declared, in the words of the language, in lower case and without lengths. */
  readonly type: string | undefined
  readonly value: unknown
}

/** One statement to be run. */
export interface QueryStatement {
  readonly text: string
  readonly values: readonly QueryValue[]
  /** Where it begins in the script, from 1. */
  readonly line: number
}

/** What goes to a driver: all of it JSON. */
export interface QueryRequest {
  /** The value of the resource, which is all that the driver learns of the world. */
  readonly connection: Readonly<Record<string, unknown>>
  readonly statements: readonly QueryStatement[]
  /** How much of what the statements give is the result. */
  readonly collection: {
    readonly statements: 'last' | 'all'
    readonly rows: 'all' | 'first'
    /** The first column of a row instead of an object. */
    readonly isScalar: boolean
    /** The statement gives a value, not rows. */
    readonly isValue?: boolean
  }
}

/** Why there is nothing to run: the job fails with it. */
export interface QueryProblem {
  readonly name: string
  readonly message: string
}

/** A script that was read, for many runs. */
export interface PreparedQuery {
  /** `pinned` is the value of the resource that `pinnedResource` named. */
  bind(args: Readonly<Record<string, unknown>>, pinned?: unknown): Result<QueryRequest, QueryProblem>
}

/**
 * A language of statements for a server. No process is started for a job: a helper in a box with network, which stays,
 * holds connections and serves many jobs at once. It runs `shared/query-helper` with the `driver.ts` of `files`, and knows
 * what is in the requests that it gets and no more.
 */
export interface QueryRuntime {
  readonly kind: 'query'
  /** Permanent: it is stored with every script. */
  readonly id: string
  readonly info: RuntimeInfo
  /** Needs no process of its own. */
  readonly isNative: true
  /** Folder with `driver.ts`, which exports `openDriver` (`shared/query-helper/driver.ts`). */
  readonly files: URL
  /**
   * Who shares a helper: all jobs of a workspace; or nobody, where statements run inside of it, could read its memory, and
   * each job gets a fresh one.
   */
  readonly helper: 'per-workspace' | 'per-job'
  parseSignature(source: string): Result<Signature, SignatureProblem>
  /** The driver and the Node that it runs on; `paths.drivers` is the folder that has `node_modules`. */
  findToolchain(host: HostContext): Promise<Toolchain>
  /** Path of the resource that the source is bound to (`-- database f/folder/name`), which who runs it looks up. */
  pinnedResource(source: string): string | undefined
  prepare(script: ScriptSource): PreparedQuery
}

/** Any language. */
export type Runtime = ProcessRuntime | QueryRuntime
