import { ApiError } from '@millrace/client'
import type { ApprovalInfo } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { ApprovalForm } from '../../approvals/approval-form.tsx'
import { approvalQuery, type ApprovalAddress } from '../../data/approvals.ts'
import { describeError } from '../../data/client.ts'
import { links } from '../../links.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Logo } from '../../ui/logo.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'

interface ApprovalPageProps {
  readonly address: ApprovalAddress
  /** The address of this page, to come back to. */
  readonly here: string
}

/** The page that an address for approval leads to. Who holds the address needs no account, unless the step asks for one. */
export function ApprovalPage({ address, here }: ApprovalPageProps) {
  const { data: info, error } = useQuery(approvalQuery(address))
  const [given, setGiven] = useState<boolean | undefined>()
  if (given !== undefined)
    return (
      <Sheet title={given ? 'Approved' : 'Refused'}>
        <p role="status">
          {given ? 'Your approval is recorded.' : 'Your refusal is recorded.'} You can close this page.
        </p>
      </Sheet>
    )
  if (error) return <Refused error={error} />
  if (info === undefined)
    return (
      <Sheet title="Approval">
        <Skeleton rows={3} />
      </Sheet>
    )
  if (info === null)
    return (
      <Sheet title="Nothing is asked">
        <p>The run does not wait for an answer any more: it was given, its time ran out, or the run has ended.</p>
      </Sheet>
    )
  return (
    <Sheet title={info.step_summary || 'An approval is asked for'} of={info.flow_summary}>
      <Approvers info={info} />
      <ApprovalForm address={address} info={info} onAnswered={setGiven} />
      {info.user_auth_required && !info.can_approve && (
        <Link to={links.signIn} search={{ from: here }} className={buttonClass('primary')}>
          Sign in to answer
        </Link>
      )}
      <p className="text-sm text-muted">
        Members of {address.workspace} see{' '}
        <Link
          to={links.run}
          params={{ workspace: address.workspace, id: info.flow_id }}
          preload={false}
          className="text-accent underline"
        >
          the whole run
        </Link>
        .
      </p>
    </Sheet>
  )
}

function Approvers({ info: { approvers } }: { readonly info: ApprovalInfo }) {
  if (approvers.length === 0) return null
  return <p className="text-sm text-muted">Approved by {approvers.map(({ approver }) => approver).join(', ')}.</p>
}

function Refused({ error }: { readonly error: unknown }) {
  const isOld = ApiError.is(error) && error.code === 'approval.expired'
  return (
    <Sheet title={isOld ? 'This address is too old' : 'This cannot be shown'}>
      <ProblemNote title="What is asked cannot be shown." {...describeError(error)} />
    </Sheet>
  )
}

interface SheetProps {
  readonly title: string
  readonly of?: string | undefined
  readonly children: ReactNode
}

function Sheet({ title, of, children }: SheetProps) {
  return (
    <main className="flex min-h-full items-start justify-center p-4 sm:items-center sm:p-6">
      <section
        aria-label="Approval"
        className="flex w-full max-w-lg flex-col gap-4 rounded-lg border border-line bg-panel p-5"
      >
        <header className="flex items-start gap-3">
          <Logo size={28} />
          <div className="min-w-0 flex-1">
            <h1 className="text-lg font-semibold break-words">{title}</h1>
            {of !== undefined && <p className="truncate text-sm text-muted">{of}</p>}
          </div>
        </header>
        {children}
      </section>
    </main>
  )
}
