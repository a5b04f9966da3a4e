import { FormSchema, type ApprovalInfo } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Check, X } from 'lucide-react'
import { useId, useState } from 'react'
import { describeError } from '../../data/client.ts'
import { approvalQuery, useAnswer } from '../../data/flow-runs.ts'
import { asArgs, type Args } from '../../data/jobs.ts'
import { initialArgs } from '../../schema-form/initial-args.ts'
import { SchemaForm } from '../../schema-form/schema-form.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

interface ApprovalNoteProps {
  readonly workspace: string
  readonly id: string
  readonly missing: number
}

/** What is asked before the run goes on, and the answer of whoever may give one. */
export function ApprovalNote({ workspace, id, missing }: ApprovalNoteProps) {
  const { data: info, error } = useQuery(approvalQuery(workspace, id))
  if (error) return <ProblemNote title="What is asked cannot be shown." {...describeError(error)} />
  if (info === undefined) return <Skeleton rows={3} />
  if (info === null) return null
  return (
    <section aria-label="Approval" className="flex flex-col gap-3 rounded-md border border-suspended p-3">
      <div>
        <h2 className="font-medium">{info.step_summary || 'The run waits for an approval'}</h2>
        <p className="text-sm text-muted">{waitText(info, missing)}</p>
      </div>
      {typeof info.description === 'string' && <p className="whitespace-pre-wrap">{info.description}</p>}
      {info.can_approve ? (
        <Answer key={id} workspace={workspace} id={id} info={info} />
      ) : (
        <p className="text-sm text-muted">{whyNot(info)}</p>
      )}
    </section>
  )
}

interface AnswerProps {
  readonly workspace: string
  readonly id: string
  readonly info: ApprovalInfo
}

function Answer({ workspace, id, info }: AnswerProps) {
  const formId = useId()
  const schema = FormSchema.safeParse(info.form_schema).data
  const [args, setArgs] = useState<Args>(() => ({ ...initialArgs(schema ?? {}), ...asArgs(info.default_args) }))
  const answer = useAnswer(workspace)
  const send = (approved: boolean, payload?: Args) => {
    if (!answer.isPending) answer.mutate({ id, approved, ...(payload && { payload }) })
  }
  const approve = schema ? { type: 'submit' as const, form: formId } : { onClick: () => send(true) }
  return (
    <>
      {schema && (
        <SchemaForm
          id={formId}
          schema={schema}
          args={args}
          onChange={setArgs}
          onSubmit={(valid) => send(true, valid)}
        />
      )}
      {answer.error && <ProblemNote title="It was not answered." {...describeError(answer.error)} />}
      <div className="flex gap-2">
        <Button look="primary" size="form" disabled={answer.isPending} {...approve}>
          <Check size={16} aria-hidden /> Approve
        </Button>
        {info.hide_cancel !== true && (
          <Button look="danger" size="form" disabled={answer.isPending} onClick={() => send(false)}>
            <X size={16} aria-hidden /> Refuse
          </Button>
        )}
      </div>
    </>
  )
}

function waitText({ approvers }: ApprovalInfo, missing: number): string {
  const left = missing === 1 ? 'One approval is missing.' : `${missing} approvals are missing.`
  if (approvers.length === 0) return left
  return `${left} Approved by ${approvers.map(({ approver }) => approver).join(', ')}.`
}

function whyNot({ approval_conditions: rules }: ApprovalInfo): string {
  const groups = rules?.user_groups_required ?? []
  if (groups.length > 0) return `Members of ${groups.join(', ')} answer.`
  if (rules?.self_approval_disabled === true)
    return 'Whoever started the run may not approve it: somebody else answers.'
  return 'You may not answer this.'
}
