import type { ProcessRuntime } from '../runtime.ts'
import { bunDependencies } from '../shared/typescript/bun-dependencies.ts'
import { prepareOnBun } from '../shared/typescript/bun-prepare.ts'
import { findBunToolchain } from '../shared/typescript/bun-toolchain.ts'
import { bunLocalRun } from '../shared/typescript/local-run.ts'
import { STARTER, wrapperFiles } from '../shared/typescript/wrapper-files.ts'
import { parseSignature } from './signature.ts'

/** Short scripts that mostly wait for others to answer: many of them run at once on a worker. */
export const nativets: ProcessRuntime = {
  kind: 'process',
  id: 'nativets',
  info: {
    label: 'TypeScript, native',
    extension: '.fetch.ts',
    aliases: ['nativets'],
    editor: 'typescript',
    icon: 'NT',
    starter: STARTER,
    local: bunLocalRun,
  },
  isNative: true,
  files: wrapperFiles,
  grammar: 'typescript',
  parseSignature,
  findToolchain: findBunToolchain,
  prepare: prepareOnBun,
  dependencies: bunDependencies,
}
