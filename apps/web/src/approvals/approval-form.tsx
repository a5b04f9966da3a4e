import { FormSchema, type ApprovalInfo } from '@millrace/contracts'
import { Check, X } from 'lucide-react'
import { useId, useState } from 'react'
import { useAnswer, type ApprovalAddress } from '../data/approvals.ts'
import { describeError } from '../data/client.ts'
import { asArgs, type Args } from '../data/jobs.ts'
import { initialArgs } from '../schema-form/initial-args.ts'
import { SchemaForm } from '../schema-form/schema-form.tsx'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'

interface ApprovalFormProps {
  readonly address: ApprovalAddress
  readonly info: ApprovalInfo
  readonly onAnswered?: ((isApproved: boolean) => void) | undefined
}

/** What is asked, and two buttons; or why whoever looks may not answer. */
export function ApprovalForm({ address, info, onAnswered }: ApprovalFormProps) {
  return (
    <>
      {typeof info.description === 'string' && <p className="whitespace-pre-wrap">{info.description}</p>}
      {info.can_approve ? (
        <Answer key={address.id} address={address} info={info} onAnswered={onAnswered} />
      ) : (
        <p className="text-sm text-muted">{whyNot(info)}</p>
      )}
    </>
  )
}

function Answer({ address, info, onAnswered }: ApprovalFormProps) {
  const formId = useId()
  const schema = FormSchema.safeParse(info.form_schema).data
  const [args, setArgs] = useState<Args>(() => ({ ...initialArgs(schema ?? {}), ...asArgs(info.default_args) }))
  const answer = useAnswer(address)
  const send = (approved: boolean, payload?: Args) => {
    if (answer.isPending) return
    answer.mutate({ approved, ...(payload && { payload }) }, { onSuccess: () => onAnswered?.(approved) })
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

function whyNot({ approval_conditions: rules }: ApprovalInfo): string {
  const groups = rules?.user_groups_required ?? []
  if (groups.length > 0) return `Members of ${groups.join(', ')} answer.`
  if (rules?.self_approval_disabled === true)
    return 'Whoever started the run may not approve it: somebody else answers.'
  return rules?.user_auth_required === true ? 'Members of the workspace answer.' : 'You may not answer this.'
}
