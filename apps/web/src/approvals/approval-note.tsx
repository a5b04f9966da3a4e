import type { ApprovalInfo } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { ApprovalForm } from './approval-form.tsx'
import { approvalQuery } from '../data/approvals.ts'
import { describeError } from '../data/client.ts'
import { ProblemNote } from '../ui/problem-note.tsx'
import { Skeleton } from '../ui/skeleton.tsx'

interface ApprovalNoteProps {
  readonly workspace: string
  readonly id: string
  readonly missing: number
}

/** What is asked before the run goes on, and the answer of whoever may give one. */
export function ApprovalNote({ workspace, id, missing }: ApprovalNoteProps) {
  const address = { workspace, id }
  const { data: info, error } = useQuery(approvalQuery(address))
  if (error) return <ProblemNote title="What is asked cannot be shown." {...describeError(error)} />
  if (info === undefined) return <Skeleton rows={3} />
  if (info === null) return null
  return (
    <section aria-label="Approval" className="flex flex-col gap-3 rounded-md border border-suspended p-3">
      <div>
        <h2 className="font-medium">{info.step_summary || 'The run waits for an approval'}</h2>
        <p className="text-sm text-muted">{waitText(info, missing)}</p>
      </div>
      <ApprovalForm address={address} info={info} />
    </section>
  )
}

function waitText({ approvers }: ApprovalInfo, missing: number): string {
  const left = missing === 1 ? 'One approval is missing.' : `${missing} approvals are missing.`
  if (approvers.length === 0) return left
  return `${left} Approved by ${approvers.map(({ approver }) => approver).join(', ')}.`
}
