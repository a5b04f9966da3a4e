import type { ProcessRuntime } from '../runtime.ts'
import { bunDependencies } from '../shared/typescript/bun-dependencies.ts'
import { prepareOnBun } from '../shared/typescript/bun-prepare.ts'
import { findBunToolchain } from '../shared/typescript/bun-toolchain.ts'
import { bunLocalRun } from '../shared/typescript/local-run.ts'
import { mayBeWorkflow } from '../shared/typescript/workflow-client.ts'
import { escapeDriver, STARTER, wrapperFiles } from '../shared/typescript/wrapper-files.ts'
import { parseSignature } from './signature.ts'

/** TypeScript and JavaScript on Bun, or on Node where a script says so. */
export const bun: ProcessRuntime = {
  kind: 'process',
  id: 'bun',
  info: {
    label: 'TypeScript',
    extension: '.ts',
    aliases: ['.js', '.mjs', '.mts', '.bun.ts', 'typescript', 'ts', 'nodejs'],
    editor: 'typescript',
    icon: 'TS',
    starter: STARTER,
    local: bunLocalRun,
  },
  files: wrapperFiles,
  escapes: escapeDriver,
  grammar: 'typescript',
  parseSignature,
  findToolchain: findBunToolchain,
  prepare: prepareOnBun,
  dependencies: bunDependencies,
  mayBeWorkflow,
}
