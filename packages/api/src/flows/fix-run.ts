import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import type { ChangedPart, FlowFailure, FlowFixReply, FlowFixWish, FlowValue } from '@millrace/contracts'
import { findFlowFailure, insertFlowFix, listFailedAlike } from '@millrace/db/tables/flow-fix'
import { keepFlowDefinition } from '@millrace/db/tables/flow-definition'
import type { WholeJobRow } from '@millrace/db/tables/job'
import { definitionOf, restartFlow } from '@millrace/flow'
import type { WorkspaceContext } from '../http/implement.ts'
import { fixDocument, part, type FixedDocument } from './fix-document.ts'
import { flowJobAgain } from './flow-job.ts'
import { hashOf, loadRun, readArgs, toPlaces } from './restart.ts'

/** Runs that are told or continued together. */
const ALIKE_MAX = 1000

/** Continues a run that failed with something changed, and others that failed alike where that is wished. */
export async function fixRun(cx: WorkspaceContext, id: string, wish: FlowFixWish): Promise<FlowFixReply> {
  const run = await loadFailedRun(cx, id)
  const fixed = await fixDocument(cx, run.document, wish.changes ?? [])
  const fix: Fix = { id: newId(), wish, fixed }
  if (!wish.alike && !wish.run_ids)
    return { fix_id: fix.id, continued: [{ run: id, continued_by: await continueRun(cx, run, fix) }], refused: [] }
  const alike = await cx.snapshot(async (tx) => await listAlike(tx, cx.workspace, run.row))
  const wanted = wish.run_ids ? [...new Set([id, ...wish.run_ids])] : alike
  const continued: FlowFixReply['continued'] = []
  const refused: FlowFixReply['refused'] = []
  for (const each of wanted) {
    try {
      if (!alike.includes(each)) throw new Problem('flow_run.not_failed', `The run ${each} did not fail as ${id} did.`)
      const other = each === id ? run : await loadFailedRun(cx, each)
      continued.push({ run: each, continued_by: await continueRun(cx, other, fix) })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      refused.push({ run: each, message: error.message })
    }
  }
  return { fix_id: fix.id, continued, refused }
}

/** What a run failed with, and which others did. */
export async function loadFailure(cx: WorkspaceContext, id: string): Promise<FlowFailure> {
  const { row } = await loadFailedRun(cx, id)
  return await cx.snapshot(async (tx) => {
    const failure = await findFlowFailure(tx, id)
    return {
      ...(failure?.step && { step_id: failure.step }),
      error: { name: failure?.name ?? 'Error', message: failure?.message ?? '' },
      alike: [...(await listAlike(tx, cx.workspace, row))],
    }
  })
}

interface FailedRun {
  readonly row: WholeJobRow
  readonly document: FlowValue
}

interface Fix {
  readonly id: string
  readonly wish: FlowFixWish
  readonly fixed: FixedDocument
}

async function loadFailedRun(cx: WorkspaceContext, id: string): Promise<FailedRun> {
  const run = await loadRun(cx, id)
  if (run.row.status === 'failure' || run.row.status === 'canceled') return run
  throw new Problem('flow_run.not_failed', `The run ${id} did not fail: restart it at a step instead.`)
}

/** Itself where nothing else can be alike: a preview, a part of another run, one that was cancelled. */
async function listAlike(
  tx: Parameters<typeof findFlowFailure>[0],
  workspace: string,
  { id, kind, script_hash: hash, parent_job: parent, status }: WholeJobRow,
): Promise<readonly string[]> {
  if (kind !== 'flow' || hash === null || parent !== null || status !== 'failure') return [id]
  const { step = null, name = null } = (await findFlowFailure(tx, id)) ?? {}
  return await listFailedAlike(tx, workspace, { hash, step, name }, ALIKE_MAX)
}

/** The id of the run that goes on; throws `flow_run.continued` and `flow_run.step_not_found`. */
async function continueRun(
  cx: WorkspaceContext,
  { row, document: before }: FailedRun,
  { id: fixId, wish, fixed }: Fix,
): Promise<string> {
  const args = { ...readArgs(row), ...wish.args }
  const isEdited = (wish.changes ?? []).length > 0
  const definition = definitionOf(fixed.document)
  const beforeHash = hashOf(row, before)
  const hash = isEdited ? definition.hash : beforeHash
  const job = await flowJobAgain(cx, row, { document: fixed.document, hash }, { args })
  const restarted = await cx.inside(async (tx) => {
    if (row.kind === 'flow' && isEdited) await keepFlowDefinition(tx, cx.workspace, definition)
    const places = wish.from && toPlaces(wish.from)
    const { document, pinned } = fixed
    const begun = await restartFlow(cx.queue, tx, {
      job,
      document,
      places,
      before: row.id,
      pinned,
      isNewInput: wish.args !== undefined,
    })
    if (!begun.ok) throw new Problem('flow_run.step_not_found', `The run ${row.id} cannot go on there: ${begun.error}.`)
    const changes = JSON.stringify([...fixed.parts, ...changedArgs(row, wish)])
    const about = { run_id: row.id, continued_by: begun.value.id, fix_id: fixId, changed_by: cx.member.username }
    const isKept = await insertFlowFix(tx, cx.workspace, {
      ...about,
      reason: wish.reason ?? null,
      changes,
      before_hash: beforeHash,
      after_hash: hash,
    })
    if (!isKept)
      throw new Problem('flow_run.continued', `The run ${row.id} is continued already: fix the run that continues it.`)
    return begun.value
  })
  restarted.announce()
  return restarted.id
}

function changedArgs(row: WholeJobRow, { args = {} }: FlowFixWish): ChangedPart[] {
  const before = readArgs(row)
  return Object.entries(args).map(([name, value]) => part({ what: 'argument', name }, before[name], value))
}
