import type { ResultRef, Scope } from '../core/protocol.ts'
import type { Frame } from './frame.ts'
import type { Around } from './sql/load-frame.ts'
import type { StoredRef } from './sql/read-values.ts'

/** An iteration: of which module of which frame, and which. */
export interface Loop {
  readonly frame: string
  readonly module: string
  readonly index: number
}

const NOTHING: ResultRef = { kind: 'null' }

/** The result of a module by its id: of the frame itself, else of the frames around it, the inner ones first. */
export function findResult(
  frame: Frame,
  { ended }: Scope,
  around: readonly Around[],
  id: string,
): StoredRef | ResultRef {
  for (const modules of [ended, ...around.map(({ state }) => state?.ended)]) {
    const end = modules?.[id]
    if (end) return end.isSkipped ? NOTHING : end.result
  }
  return beforeThis(frame, id) ?? NOTHING
}

/** What a module of a while loop's body gave in the iteration before this one. */
function beforeThis({ pointer, parentId, module, index = 0 }: Frame, id: string): StoredRef | undefined {
  if (pointer.kind !== 'body' || parentId === undefined || module === undefined || index === 0) return undefined
  return { kind: 'before', frame: parentId, module, index: index - 1, step: id }
}

/** The innermost loop that a frame is in. */
export function loopAround(frame: Frame, around: readonly Around[]): Loop | undefined {
  for (const { pointer, parentId, module, index } of [frame, ...around]) {
    if (pointer.kind === 'root') return undefined
    if (pointer.kind === 'body' && parentId !== undefined && module !== undefined && index !== undefined)
      return { frame: parentId, module, index }
  }
  return undefined
}
