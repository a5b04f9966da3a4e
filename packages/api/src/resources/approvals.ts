import { randomInt } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import { approvals as contract, WorkspaceId, type ResumeUrls } from '@millrace/contracts'
import { inSnapshot, type WorkspaceTransaction } from '@millrace/db'
import { mayWriteItem } from '@millrace/vault'
import { answerFlow, requireWaiting, whyNotAnswer } from '../flows/answer-flow.ts'
import { loadApprovalInfo, loadApprovers } from '../flows/approval-info.ts'
import { findAsked, type Asked } from '../flows/find-waiting.ts'
import { loadFlowView } from '../flows/load-flow-status.ts'
import { signResume, verifyResume, type Signed } from '../flows/resume-signature.ts'
import { approvalNumber, requireApproval, requireScriptJob } from '../flows/workflow-approval.ts'
import { implement, type OpenContext, type WorkspaceContext } from '../http/implement.ts'
import { parseJson } from '../http/parse-json.ts'
import { decodePayload } from '../jobs/read-args.ts'
import { toWholeJob } from '../jobs/to-job.ts'

const RESUME_ID_MAX = 4_294_967_295

export const approvals = implement(contract, {
  createJobSignature: {
    may: 'flow.sign',
    async run(cx, { id, resume_id: resumeId, query }) {
      await cx.snapshot((tx) => findAsked(tx, cx.workspace, id))
      return await sign(cx, { job: id, resumeId, approver: query.approver })
    },
  },
  getResumeUrls: { may: 'flow.sign', run: (cx, input) => makeUrls(cx, input) },
  getWacApprovalUrls: {
    may: 'flow.sign',
    async run(cx, { id, step_key: key, query }) {
      await cx.snapshot((tx) => requireScriptJob(tx, cx.workspace, id))
      return await signUrls(cx, { job: id, resumeId: approvalNumber(key), approver: query.approver })
    },
  },
  resumeSuspendedJobGet: {
    may: 'flow.answer',
    run: async (cx, input) => {
      const { payload } = input.query
      const value = payload === undefined ? {} : parseJson(decodePayload(payload), 'payload')
      return await answerSigned(cx, toSigned(input), input.signature, { payload: value, approved: true })
    },
  },
  resumeSuspendedJobPost: {
    may: 'flow.answer',
    run: async (cx, input) =>
      await answerSigned(cx, toSigned(input), input.signature, { payload: input.body ?? {}, approved: true }),
  },
  cancelSuspendedJobGet: {
    may: 'flow.answer',
    run: async (cx, input) =>
      await answerSigned(cx, toSigned(input), input.signature, { payload: {}, approved: false }),
  },
  cancelSuspendedJobPost: {
    may: 'flow.answer',
    run: async (cx, input) =>
      await answerSigned(cx, toSigned(input), input.signature, { payload: input.body ?? {}, approved: false }),
  },
  getSuspendedJobFlow: {
    may: 'flow.answer',
    async run(cx, input) {
      const { workspace } = input
      return await withSigned(cx, toSigned(input), input.signature, async (tx, asked) => {
        const { frame, module } = asked.waiting ?? {}
        const approvers = frame && module !== undefined ? await loadApprovers(tx, workspace, frame, module) : []
        const view = await loadFlowView(tx, asked.root)
        return { job: { ...toWholeJob(asked.root, { noCode: true }), ...view }, approvers }
      })
    },
  },
  getApprovalInfo: {
    may: 'flow.answer',
    async run(cx, { workspace, job_id: id, query }) {
      const about = { workspace, job: id, approver: query.approver }
      return await withToken(cx, about, query.token, (tx, asked) =>
        loadApprovalInfo(tx, asked, requireWaiting(asked), cx.member),
      )
    },
  },
  resumeSuspended: {
    may: 'flow.answer',
    async run(cx, { workspace, job_id: id, body }) {
      const { approval_token: token, approver, payload, approved } = body
      const about = { workspace, job: id, approver: approver ?? undefined }
      const asked = await withToken(cx, about, token ?? undefined, found)
      const resumeId = Number(token?.split('.')[0] ?? randomInt(RESUME_ID_MAX))
      return await answer(cx, asked, {
        workspace,
        resumeId,
        approver: asked.approver,
        payload,
        approved: approved ?? true,
      })
    },
  },
  resumeSuspendedFlowAsOwner: {
    may: 'flow.answer_as_owner',
    async run(cx, { id, body }) {
      const { workspace, member } = cx
      const asked = await cx.snapshot((tx) => findAsked(tx, workspace, id))
      const { script_path: path } = asked.root
      if (!member.isAdmin && (path === null || !mayWriteItem(member, path)))
        throw new Problem(
          'approval.not_allowed',
          'Only who may write the flow may answer as its owner: ask one of them.',
        )
      const resumeId = randomInt(RESUME_ID_MAX)
      const shown = { ...asked, approver: member.username }
      return await answer(cx, shown, {
        workspace,
        resumeId,
        approver: member.username,
        payload: body ?? {},
        approved: true,
      })
    },
  },
})

/** What a signature or a member shows, and in whose name. */
type Shown = Asked & { readonly approver: string }

type Given = { readonly payload: unknown; readonly approved: boolean }

interface SignedInput {
  readonly workspace: string
  readonly id: string
  readonly resume_id: number
  readonly query: { readonly approver?: string | undefined }
}

function toSigned({ workspace, id, resume_id: resumeId, query }: SignedInput): Signed {
  return { workspace, job: id, resumeId, approver: query.approver }
}

async function answerSigned(cx: OpenContext, signed: Signed, signature: string, given: Given): Promise<string> {
  const { workspace, resumeId } = signed
  const asked = await withSigned(cx, signed, signature, found)
  return await answer(cx, asked, { workspace, resumeId, approver: asked.approver, ...given })
}

async function answer(cx: OpenContext, asked: Shown, given: Parameters<typeof answerFlow>[2]): Promise<string> {
  const waiting = requireWaiting(asked)
  requireApproval(waiting, given.resumeId)
  const refusal = whyNotAnswer(waiting.rules, cx.member, asked.root.created_by)
  if (refusal !== undefined) throw new Problem('approval.not_allowed', `You may not answer: ${refusal}.`)
  await answerFlow(cx, waiting, given)
  return given.approved ? 'the flow is resumed' : 'the flow is told no'
}

/** What is read of a job together with what is asked about it, of one instant. */
type Read<T> = (tx: WorkspaceTransaction, asked: Shown) => Promise<T>

async function found(_: WorkspaceTransaction, asked: Shown): Promise<Shown> {
  return asked
}

/** `<resume id>.<signature>`; without one a member is asked for. */
async function withToken<T>(
  cx: OpenContext,
  about: Omit<Signed, 'resumeId'>,
  token: string | undefined,
  read: Read<T>,
): Promise<T> {
  if (token !== undefined) {
    const [, resumeId, signature = ''] = /^(\d{1,10})\.(.*)$/.exec(token) ?? []
    return await withSigned(cx, { ...about, resumeId: Number(resumeId ?? -1) }, signature, read)
  }
  const { username } = cx.member ?? {}
  if (username === undefined)
    throw new Problem('approval.not_allowed', 'Sign in as a member of the workspace, or send the token of the address.')
  const { workspace, job } = about
  return await inSnapshot(cx.db, workspace, async (tx) => {
    return await read(tx, { ...(await findAsked(tx, workspace, job)), approver: username })
  })
}

/** Throws `approval.bad_signature` and `approval.expired`, and whatever is wrong with the job only after. */
async function withSigned<T>(cx: OpenContext, signed: Signed, signature: string, read: Read<T>): Promise<T> {
  const { workspace, job } = signed
  if (!WorkspaceId.safeParse(workspace).success) throw badSignature()
  return await inSnapshot(cx.db, workspace, async (tx) => {
    const asked = await findAsked(tx, workspace, job)
    const key = await cx.vault.findKey(tx, workspace)
    const verdict = key === undefined ? undefined : verifyResume(key, signed, signature, Date.now())
    if (!verdict || verdict.kind === 'bad') throw badSignature()
    if (verdict.kind === 'expired')
      throw new Problem('approval.expired', 'This address is older than it may be: ask for a new one.')
    return await read(tx, { ...asked, approver: cx.member?.username ?? verdict.approver ?? 'anonymous' })
  })
}

function badSignature(): Problem {
  return new Problem(
    'approval.bad_signature',
    'The signature is not one of this step, number and approver, or the key of the workspace has changed: ask for a new address.',
  )
}

async function sign(cx: WorkspaceContext, about: Omit<Signed, 'workspace'>): Promise<string> {
  return await cx.inside(async (tx) => {
    return signResume(await cx.vault.readKey(tx, cx.workspace), { ...about, workspace: cx.workspace }, Date.now())
  })
}

async function makeUrls(
  cx: WorkspaceContext,
  input: SignedInput & { readonly query: { readonly flow_level?: boolean | undefined } },
): Promise<ResumeUrls> {
  const { id, resume_id: resumeId, query } = input
  const isOfRun = query.flow_level === true
  const { root } = await cx.snapshot((tx) => findAsked(tx, cx.workspace, id))
  return await signUrls(cx, { job: isOfRun ? root.id : id, resumeId, approver: query.approver })
}

async function signUrls(cx: WorkspaceContext, about: Omit<Signed, 'workspace'>): Promise<ResumeUrls> {
  const signature = await sign(cx, about)
  const { job, resumeId } = about
  const base = cx.config.baseUrl?.replace(/\/+$/, '') ?? `${cx.request.protocol}://${cx.request.host}`
  const approver = about.approver === undefined ? '' : `?approver=${encodeURIComponent(about.approver)}`
  const rest = `${job}/${resumeId}/${signature}${approver}`
  const api = `${base}/api/w/${cx.workspace}/jobs_u`
  return {
    approvalPage: `${base}/approve/${cx.workspace}/${rest}`,
    resume: `${api}/resume/${rest}`,
    cancel: `${api}/cancel/${rest}`,
  }
}
