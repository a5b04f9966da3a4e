/**
 * Who may import whom, as data. `tools/checks/layers.ts` walks every import and holds it against these two tables;
 * `ARCHITECTURE.md` tells the same in words.
 */

/** A workspace and what it may import of ours. */
export interface Layer {
  /** Folder of the workspace, from the root. */
  readonly folder: string
  readonly level: number
  /** Packages, or single entries of one (`sandbox/spec`), without the scope. */
  readonly mayImport: readonly string[]
  /** What its tests and suites may import besides. */
  readonly testsMayImport: readonly string[]
  /** Runs in a browser too: imports nothing of Node. */
  readonly anywhere: boolean
  /** What it must not know; printed with a fault. */
  readonly sentence: string
}

/** A border inside a workspace. */
export type Room =
  /** Neighbours in `folder` never import each other, except those in `shared`. */
  | {
      readonly kind: 'neighbours'
      readonly folder: string
      /** Whether a neighbour is a folder, or a file with its tests (`scripts.ts`, `scripts.pg.test.ts`). */
      readonly each: 'folder' | 'file'
      readonly shared: readonly string[]
      readonly sentence: string
    }
  /** Files in `folder` import of ours only what lies in these folders or packages. */
  | {
      readonly kind: 'only'
      readonly folder: string
      readonly mayImport: readonly string[]
      readonly sentence: string
    }

const SERVER_PARTS = [
  'base',
  'contracts',
  'db',
  'sandbox',
  'queue',
  'vault',
  'runtimes',
  'flow',
  'worker',
  'api',
] as const

export const layers: readonly Layer[] = [
  {
    folder: 'packages/base',
    level: 0,
    mayImport: [],
    testsMayImport: [],
    anywhere: true,
    sentence: 'base knows nothing of ours and no Node module.',
  },
  {
    folder: 'packages/contracts',
    level: 0,
    mayImport: [],
    testsMayImport: [],
    anywhere: true,
    sentence: 'contracts knows only zod: no Node, no DOM, no SQL, no defaults of the server.',
  },
  {
    folder: 'packages/db',
    level: 1,
    mayImport: ['base'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'db knows base only; rows are not replies.',
  },
  {
    folder: 'packages/sandbox',
    level: 1,
    mayImport: ['base'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'sandbox runs a command in a box and knows no language and no job.',
  },
  {
    folder: 'packages/client',
    level: 1,
    mayImport: ['base', 'contracts'],
    testsMayImport: [],
    anywhere: true,
    sentence: 'client runs in browsers too: contracts and base, nothing of Node.',
  },
  {
    folder: 'packages/queue',
    level: 2,
    mayImport: ['base', 'contracts', 'db'],
    testsMayImport: ['db/testing'],
    anywhere: false,
    sentence: 'queue knows that a job failed, never what a job does.',
  },
  {
    // Both the API and the worker open secrets and resolve references, and neither may import the other.
    folder: 'packages/vault',
    level: 2,
    mayImport: ['base', 'db'],
    testsMayImport: ['db/testing'],
    anywhere: false,
    sentence: 'vault keeps variables, secrets and resources; it knows no HTTP and no language.',
  },
  {
    folder: 'packages/runtimes',
    level: 2,
    mayImport: ['base', 'contracts', 'sandbox/spec'],
    testsMayImport: ['sandbox', 'worker/launch', 'worker/query'],
    anywhere: false,
    sentence:
      'a runtime describes how to run a script; it never runs one and knows no database (its suite does run it).',
  },
  {
    folder: 'packages/flow',
    level: 3,
    mayImport: ['base', 'contracts', 'db', 'queue'],
    testsMayImport: ['db/testing', 'queue/testing'],
    anywhere: false,
    sentence: 'flow says what comes after a step that ended; it never runs one and knows no HTTP and no language.',
  },
  {
    folder: 'packages/worker',
    level: 4,
    mayImport: ['base', 'contracts', 'db', 'sandbox', 'queue', 'vault', 'runtimes', 'flow'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'worker claims jobs and runs them; it serves no HTTP.',
  },
  {
    folder: 'packages/api',
    level: 4,
    mayImport: ['base', 'contracts', 'db', 'queue', 'vault', 'runtimes', 'flow'],
    testsMayImport: ['client'],
    anywhere: false,
    sentence: 'api never runs user code: it knows neither sandbox nor worker.',
  },
  {
    folder: 'apps/server',
    level: 5,
    mayImport: SERVER_PARTS,
    testsMayImport: ['client'],
    anywhere: false,
    sentence: 'the server wires the packages together and is nobody’s client.',
  },
  {
    folder: 'apps/web',
    level: 5,
    mayImport: ['base', 'contracts', 'client', 'runtimes/signatures', 'flow/definition'],
    testsMayImport: [],
    anywhere: true,
    sentence:
      'the browser application knows the server by its contracts, of languages how their signatures are read, and of flows what a document may say.',
  },
  {
    folder: 'apps/cli',
    level: 5,
    mayImport: ['base', 'contracts', 'client'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'the command line knows the server by its contracts only.',
  },
  {
    folder: 'e2e',
    level: 6,
    mayImport: ['base', 'contracts', 'client'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'whole-product tests start a process and speak to it; they import no server code.',
  },
  {
    folder: 'bench',
    level: 6,
    mayImport: [...SERVER_PARTS, 'client'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'bench may measure any part by itself, but no application.',
  },
  {
    folder: 'tools',
    level: 6,
    mayImport: ['base', 'contracts', 'db', 'flow/fields'],
    testsMayImport: [],
    anywhere: false,
    sentence: 'tools read the tree and generate from it; they are no part of the product.',
  },
]

export const rooms: readonly Room[] = [
  {
    kind: 'neighbours',
    folder: 'packages/runtimes/src',
    each: 'folder',
    shared: ['shared'],
    sentence: 'a language never imports another; what two of them need lives in runtimes/src/shared.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/sandbox/src',
    each: 'folder',
    shared: ['cgroup'],
    sentence: 'a sandbox never imports another; what two of them need lies beside their folders, or in cgroup/.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/contracts/src/resources',
    each: 'file',
    shared: ['index'],
    sentence: 'a resource never imports another; shared schemas live beside the resources folder.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/api/src/resources',
    each: 'file',
    shared: ['index'],
    sentence: 'a resource never imports another; shared rules live in policy/ or in a domain package.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/db/src/tables',
    each: 'file',
    shared: ['index'],
    sentence: 'a table never imports another; a join belongs to the table whose rows it returns.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/queue/src/duties',
    each: 'file',
    shared: ['duty', 'registry'],
    sentence: 'a duty never imports another.',
  },
  {
    kind: 'neighbours',
    folder: 'packages/flow/src/core/steps',
    each: 'folder',
    shared: ['shared'],
    sentence: 'a kind of step never imports another; what two of them need lives in steps/shared.',
  },
  {
    kind: 'neighbours',
    folder: 'apps/web/src/features',
    each: 'folder',
    shared: [],
    sentence: 'a feature never imports another; they meet in routes/.',
  },
  {
    kind: 'only',
    folder: 'packages/queue/src/sql',
    mayImport: [
      'packages/queue/src/sql',
      'packages/queue/src/job.ts',
      'packages/queue/src/states.ts',
      'packages/db',
      'packages/base',
    ],
    sentence: 'a statement of the queue knows db, base and what a job and its states are, nothing else.',
  },
  {
    kind: 'only',
    folder: 'packages/flow/src/core',
    mayImport: ['packages/flow/src/core', 'packages/base'],
    sentence: 'the rules of flows are pure: they know no database, no queue and no evaluator of expressions.',
  },
  {
    kind: 'only',
    folder: 'apps/web/src/ui',
    mayImport: ['apps/web/src/ui', 'packages/base'],
    sentence: 'ui primitives know no feature, no client and no route.',
  },
]

/**
 * Modules of packages for Node that browsers load too. `tools/checks/browser-doors.ts` follows what they import, and what that
 * imports, to hold that nothing of Node is behind them.
 */
export const browserDoors: readonly { readonly modules: RegExp; readonly sentence: string }[] = [
  {
    modules: /^packages\/runtimes\/src\/(?:signatures|[^/]+\/signature)\.ts$/,
    sentence: 'the editor reads signatures in the browser: what they need of Node is given from outside.',
  },
  {
    modules: /^packages\/flow\/src\/definition\.ts$/,
    sentence: 'the editor of flows judges documents in the browser, by the rules that the engine has.',
  },
]

/** Relative imports that may cross the border of a workspace: from a folder to a file. */
export const crossings: readonly { readonly from: string; readonly to: string }[] = [
  { from: 'tools', to: 'layers.ts' },
  { from: 'tools', to: 'apps/cli/bin/ensure-packages.mjs' },
]
