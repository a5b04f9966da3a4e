import type { ApprovalInfo, Approver } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import { listAnswers, type FrameRow } from '@millrace/db/tables/flow-frame'
import { findFlowByHash } from '@millrace/db/tables/flow'
import { findKeptResult } from '@millrace/db/tables/job'
import { walkModules } from '@millrace/flow'
import { frameKinds } from '@millrace/queue'
import { isObject } from '../http/parse-json.ts'
import type { Membership } from '../policy/caller.ts'
import { whyNotAnswer } from './answer-flow.ts'
import type { Asked, Waiting } from './find-waiting.ts'
import { awaitsOf, loadDocument } from './load-flow-status.ts'

/** What the page of somebody who is asked shows. */
export async function loadApprovalInfo(
  tx: WorkspaceTransaction,
  { job, root }: Asked,
  waiting: Waiting,
  member: Membership | undefined,
): Promise<ApprovalInfo> {
  const { rules, frame, module } = waiting
  const { isMemberRequired, groups, isSelfApprovalDisabled, isCancelHidden } = rules
  const isFlow = frameKinds.has(root.kind)
  const document = isFlow ? await loadDocument(tx, root, undefined) : undefined
  const step = [...walkModules(document)].find(({ id }) => id === module)
  const asked = awaitsOf(frame)[module]?.suspend
  const words = await loadStepWords(tx, job.workspace_id, waiting)
  const { description = isObject(asked) ? asked['description'] : undefined, default_args: defaults, enums } = words
  const summary = isFlow ? await loadSummary(tx, root) : undefined
  const { summary: stepSummary, suspend = asked } = step?.module ?? {}
  return {
    flow_id: root.id,
    ...(rules.form !== undefined && { form_schema: rules.form }),
    ...(description !== undefined && { description }),
    ...(defaults !== undefined && { default_args: defaults }),
    ...(enums !== undefined && { enums }),
    approval_conditions: {
      user_auth_required: isMemberRequired,
      user_groups_required: [...(groups ?? [])],
      self_approval_disabled: isSelfApprovalDisabled,
    },
    can_approve: whyNotAnswer(rules, member, root.created_by) === undefined,
    user_auth_required: isMemberRequired,
    hide_cancel: isCancelHidden,
    skin: isObject(suspend) && suspend['skin'] === 'minimal' ? 'minimal' : 'detailed',
    ...(typeof stepSummary === 'string' && stepSummary !== '' && { step_summary: stepSummary }),
    ...(summary !== undefined && { flow_summary: summary }),
    approvers: await loadApprovers(tx, job.workspace_id, frame, module),
  }
}

/** Who said yes to a module, the first ones first. */
export async function loadApprovers(
  tx: WorkspaceTransaction,
  workspace: string,
  frame: Pick<FrameRow, 'id'>,
  module: string,
): Promise<Approver[]> {
  const answers = await listAnswers(tx, workspace, frame.id)
  return answers
    .filter((answer) => answer.module === module && answer.approved)
    .map(({ resume_id, approver }) => ({ resume_id, approver: approver ?? 'anonymous' }))
}

/** What the step itself says to those who are asked: keys of its result. */
async function loadStepWords(
  tx: WorkspaceTransaction,
  workspace: string,
  { frame, module }: Waiting,
): Promise<{ description?: unknown; default_args?: unknown; enums?: unknown }> {
  const end = isObject(frame.state) && isObject(frame.state['ended']) ? frame.state['ended'][module] : undefined
  const ref = isObject(end) && isObject(end['result']) ? end['result'] : {}
  if (ref['kind'] !== 'job' || typeof ref['id'] !== 'string') return {}
  const kept = await findKeptResult(tx, workspace, ref['id'])
  const value: unknown = kept?.result ? JSON.parse(kept.result) : undefined
  return isObject(value) ? value : {}
}

async function loadSummary(tx: WorkspaceTransaction, root: Asked['root']): Promise<string | undefined> {
  const { script_path: path, script_hash: hash, workspace_id: workspace } = root
  const flow = path !== null && hash !== null ? await findFlowByHash(tx, { workspace, path }, hash) : undefined
  return flow?.summary || undefined
}
