import type { WaitingFor } from '@millrace/contracts'
import type { Connection } from '@millrace/db'
import { readAnswerRules } from './answer-rules.ts'
import {
  loadWaitFacts,
  type AwaitedFacts,
  type CancelFacts,
  type WaitFacts,
  type WaitQuestion,
} from './sql/wait-facts.ts'

/** For each unfinished job of the question the one cause for which it has not ended, from one snapshot; the connection sees all workspaces. */
export async function explainWaits(db: Connection, question: WaitQuestion): Promise<ReadonlyMap<string, WaitingFor>> {
  const facts = await loadWaitFacts(db, question)
  return new Map(facts.map((each) => [each.id, explainWait(each, question)]))
}

/** What of the question the decision depends on. */
export type WaitTerms = Pick<WaitQuestion, 'leaseMs' | 'walkMax'>

/**
 * Decides why a job has not ended: whatever its state and whatever is known, exactly one cause (Q40). Where several hold, it is the one
 * that must change first.
 */
export function explainWait(facts: WaitFacts, terms: WaitTerms): WaitingFor {
  switch (facts.state) {
    case 'scheduled':
      return facts.awaited ? explainAwaited(facts.awaited) : explainScheduled(facts)
    case 'blocked':
      return explainBlocked(facts)
    case 'ready':
      return explainReady(facts, terms)
    case 'running':
      return explainRunning(facts, terms)
    case 'suspended':
      if (facts.awaited) return explainAwaited(facts.awaited)
      return { cause: 'suspended', on: facts.children > 0 ? 'children' : 'event', children: facts.children }
  }
}

/** The time that people have is no cause: it is what happens when they do not answer. */
function explainAwaited({ frame, run, step, missing, until, suspend, startedBy }: AwaitedFacts): WaitingFor {
  const { isMemberRequired, groups, isSelfApprovalDisabled } = readAnswerRules(suspend)
  return {
    cause: 'suspended',
    on: 'event',
    children: 0,
    awaits: {
      step,
      job: frame,
      ...(run !== null && { run }),
      missing,
      ...(until !== null && { until: new Date(until).toISOString() }),
      members_only: isMemberRequired,
      ...(groups && { groups: [...groups] }),
      ...(isSelfApprovalDisabled && { not_by: startedBy }),
    },
  }
}

function explainScheduled({ dueAt, failures, retries, debounceKey }: WaitFacts): WaitingFor {
  const at = dueAt.toISOString()
  if (failures === 0)
    return debounceKey === undefined ? { cause: 'due', at } : { cause: 'debounce', key: debounceKey, at }
  return { cause: 'retry', failed_attempts: failures, attempts: Math.max(retries, failures) + 1, at }
}

function explainBlocked({ key }: WaitFacts): WaitingFor {
  return {
    cause: 'concurrency_key',
    key: key?.key ?? '',
    limit: key?.limit ?? 0,
    held_by: [...(key?.heldBy ?? [])],
    held_elsewhere: key?.heldElsewhere ?? 0,
    ...(key?.windowEndsAt && { window_ends_at: key.windowEndsAt.toISOString() }),
  }
}

function explainReady({ tag, line, now }: WaitFacts, { walkMax }: WaitTerms): WaitingFor {
  const { workers, slots, servedTags, hasRoom, position, headDueAt } = line
  if (workers === 0) return { cause: 'no_worker', tag, served_tags: [...servedTags] }
  const place = { position: position ?? walkMax + 1, position_is_at_least: position === undefined }
  if (hasRoom) return { cause: 'position', tag, workers, ...place }
  return { cause: 'workers_busy', tag, workers, slots, ...place, head_age_s: secondsSince(headDueAt ?? now, now) }
}

function explainRunning({ worker, cancel, now, startedAt }: WaitFacts, { leaseMs }: WaitTerms): WaitingFor {
  if (!worker) return { cause: 'worker_silent', silent_s: Math.floor(leaseMs / 1000), taken_back_at: now.toISOString() }
  // It renews every quarter of the lease.
  const { name, seenAt } = worker
  if (now.getTime() - seenAt.getTime() > leaseMs / 2)
    return {
      cause: 'worker_silent',
      worker: name,
      silent_s: secondsSince(seenAt, now),
      taken_back_at: new Date(seenAt.getTime() + leaseMs).toISOString(),
    }
  if (cancel) return { cause: 'cancel_asked', by: cancel.by, worker: name, ...cancelState(cancel) }
  return { cause: 'running', worker: name, since: (startedAt ?? now).toISOString() }
}

function cancelState({ askedAt, signalledAt, killedAt }: CancelFacts) {
  if (killedAt) return { state: 'killed' as const, since: killedAt.toISOString() }
  if (signalledAt) return { state: 'signalled' as const, since: signalledAt.toISOString() }
  return { state: 'asked' as const, since: askedAt.toISOString() }
}

function secondsSince(at: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1000))
}
