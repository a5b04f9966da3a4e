import type { WorkspaceTransaction } from '@millrace/db'
import { listFrameChildren, type FrameChildRow } from '@millrace/db/tables/flow-frame'
import { takenOf, type FrameState } from '@millrace/flow'

/** Iterations of a loop that are told one by one. */
export const CHILDREN_MAX = 1000

/** Children of earlier runs that stand for some of a run that began in the middle; they come before its own. */
export async function listTakenChildren(
  tx: WorkspaceTransaction,
  workspace: string,
  state: FrameState,
  modules: readonly string[],
): Promise<readonly FrameChildRow[]> {
  const found: FrameChildRow[] = []
  for (const module of modules) {
    const taken = takenOf(state, module)
    for (const frame of new Set(taken.map((range) => range.frame))) {
      const children = await listFrameChildren(tx, workspace, { frame, modules: [module], limit: CHILDREN_MAX })
      const isTaken = ({ index, failures }: FrameChildRow) =>
        taken.some((t) => t.frame === frame && t.failures === failures && t.from <= index && index < t.until)
      // What was tried again there is nothing of this run.
      found.push(...children.filter(isTaken).map((child) => ({ ...child, failures: 0 })))
    }
  }
  return found
}
