import type { ResultRef } from '../core/protocol.ts'
import type { FlowProgram } from './program.ts'
import type { StoredRef } from './sql/read-values.ts'

/** A reference as PostgreSQL can follow it. */
export function toStored(program: FlowProgram, ref: ResultRef | StoredRef): StoredRef {
  return ref.kind === 'mock' ? { kind: 'value', value: program.mockOf(ref.module) } : ref
}
