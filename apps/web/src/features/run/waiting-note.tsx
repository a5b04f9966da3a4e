import type { AwaitedAnswers, WaitingFor } from '@millrace/contracts'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { answererText, answersText, placeText, runsText, type WaitingSubject } from '../../data/waiting-cause.ts'
import { links } from '../../links.ts'
import { SubjectLink } from '../../subject-link.tsx'
import { formatCount, formatSpan } from '../../ui/format-quantity.ts'
import { TimeAgo } from '../../ui/time-ago.tsx'

interface WaitingNoteProps {
  readonly workspace: string
  readonly cause: WaitingFor
}

/** Why a run has not ended, with everything that is known of it; nothing while it simply runs. */
export function WaitingNote({ workspace, cause }: WaitingNoteProps) {
  if (cause.cause === 'running' || cause.cause === 'cancel_asked') return null
  return (
    <div role="status" className="max-w-[72ch] text-waiting">
      <Sentence workspace={workspace} cause={cause} />
    </div>
  )
}

function Sentence({ workspace, cause }: WaitingNoteProps) {
  const to = (subject: WaitingSubject, text: ReactNode) => (
    <SubjectLink workspace={workspace} subject={subject} className="font-mono break-all underline underline-offset-2">
      {text}
    </SubjectLink>
  )
  const tagLink = (tag: string) => to({ kind: 'tag', tag }, tag)
  switch (cause.cause) {
    case 'due':
      return <Due at={cause.at}>It is due</Due>
    case 'debounce':
      return (
        <Due at={cause.at}>
          It gathers further calls with the key <Mono>{cause.key}</Mono> and is due
        </Due>
      )
    case 'retry':
      return (
        <Due at={cause.at}>
          Attempt {cause.failed_attempts} of {cause.attempts} failed. The next one begins
        </Due>
      )
    case 'concurrency_key':
      return <HeldKey workspace={workspace} cause={cause} keyLink={to({ kind: 'key', key: cause.key }, cause.key)} />
    case 'no_worker':
      return (
        <p>
          No live worker serves the tag {tagLink(cause.tag)}. <Served tags={cause.served_tags} />
        </p>
      )
    case 'workers_busy':
      return (
        <p>
          It is {placeText(cause)} in the line of {tagLink(cause.tag)}. {slotsText(cause.slots, cause.workers)}; the
          first in the line has waited for {formatSpan(cause.head_age_s)}.
        </p>
      )
    case 'position':
      return (
        <p>
          It is {placeText(cause)} in the line of {tagLink(cause.tag)}, which has room: it is about to start.
        </p>
      )
    case 'suspended':
      if (cause.awaits) return <Asked awaits={cause.awaits} to={to} />
      return (
        <p>
          {cause.on === 'event' ? 'It waits for an event.' : `It waits for ${runsText(cause.children)} it started.`}
        </p>
      )
    case 'worker_silent':
      return (
        <p>
          Its worker {cause.worker !== undefined && to({ kind: 'worker', worker: cause.worker }, cause.worker)} has not
          been heard of for {formatSpan(cause.silent_s)}. Unless it is, the run is taken back{' '}
          <TimeAgo at={cause.taken_back_at} />.
        </p>
      )
    case 'running':
    case 'cancel_asked':
      return null
  }
}

/** `TimeAgo` has the exact time on hover; it is written out too, for it is what one waits for. */
function Due({ at, children }: { readonly at: string; readonly children: ReactNode }) {
  return (
    <p>
      {children} <TimeAgo at={at} />, {new Date(at).toLocaleString()}.
    </p>
  )
}

interface AskedProps {
  readonly awaits: AwaitedAnswers
  readonly to: (subject: WaitingSubject, text: ReactNode) => ReactNode
}

function Asked({ awaits, to }: AskedProps) {
  return (
    <p>
      It waits for {answersText(awaits.missing)} to the step <Mono>{awaits.step}</Mono>
      {awaits.run !== undefined && (
        <> of the run {to({ kind: 'run', id: awaits.run }, `…${awaits.run.slice(-8)}`)} below it</>
      )}
      , {answererText(awaits)}
      {awaits.until !== undefined && (
        <>
          ; the time for it ends <TimeAgo at={awaits.until} />
        </>
      )}
      .
    </p>
  )
}

function Mono({ children }: { readonly children: ReactNode }) {
  return <span className="font-mono break-all">{children}</span>
}

interface HeldKeyProps {
  readonly workspace: string
  readonly cause: Extract<WaitingFor, { cause: 'concurrency_key' }>
  readonly keyLink: ReactNode
}

function HeldKey({ workspace, cause, keyLink }: HeldKeyProps) {
  const { limit, held_by: heldBy, held_elsewhere: elsewhere, window_ends_at: windowEndsAt } = cause
  return (
    <>
      <p>
        {limit === 1 ? 'The one slot' : `All ${formatCount(limit)} slots`} of the key {keyLink}{' '}
        {limit === 1 ? 'is' : 'are'} taken
        {elsewhere > 0 && `, ${formatCount(elsewhere)} by other workspaces`}.
        {windowEndsAt !== undefined && (
          <>
            {' '}
            The time window of one ends <TimeAgo at={windowEndsAt} />.
          </>
        )}
      </p>
      {heldBy.length > 0 && (
        <p className="text-sm">
          Held by{' '}
          {heldBy.map((id, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <Link
                to={links.run}
                params={{ workspace, id }}
                title={id}
                aria-label={`Run ${id}`}
                className="font-mono whitespace-nowrap underline underline-offset-2"
              >
                {/* The beginning of an id is its time, which is the same for many. */}…{id.slice(-8)}
              </Link>
            </span>
          ))}
        </p>
      )}
    </>
  )
}

const TAGS_SHOWN_MAX = 8

function Served({ tags }: { readonly tags: readonly string[] }) {
  if (tags.length === 0) return 'No worker lives at all: start one.'
  const rest = tags.length - TAGS_SHOWN_MAX
  return (
    <>
      Start one that does, or run it with another tag: <Mono>{tags.slice(0, TAGS_SHOWN_MAX).join(', ')}</Mono>
      {rest > 0 && ` and ${formatCount(rest)} more`}.
    </>
  )
}

function slotsText(slots: number, workers: number): string {
  const on = workers === 1 ? '1 worker' : `${formatCount(workers)} workers`
  return slots === 1 ? `The one slot of ${on} is taken` : `All ${formatCount(slots)} slots of ${on} are taken`
}
