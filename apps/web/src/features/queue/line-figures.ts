import type { Line } from '@millrace/contracts'
import { formatCount } from '../../ui/format-quantity.ts'

/** The states of unfinished jobs, in the order of their columns. */
export const depthStates = ['ready', 'running', 'scheduled', 'blocked', 'suspended'] as const
export type DepthState = (typeof depthStates)[number]

export const DEPTH_NAMES: Readonly<Record<DepthState, string>> = {
  ready: 'Waiting',
  running: 'Running',
  scheduled: 'Scheduled',
  blocked: 'Blocked',
  suspended: 'Suspended',
}

/** A count as text: `1,204`, or `10,000+` where counting ended there. */
export function depthText(line: Line, state: DepthState): string {
  return countText(line[state], line.capped && cappedStates(line).has(state))
}

export function countText(count: number, isCapped: boolean): string {
  return `${formatCount(count)}${isCapped && count > 0 ? '+' : ''}`
}

/**
 * Counts of a line end at one bound, which is not told: those that reach the highest are the ones that ended there. Waiting
 * and running jobs are counted together, blocked and suspended ones too, and running ones are known exactly.
 */
function cappedStates(line: Line): ReadonlySet<DepthState> {
  const parts: readonly (readonly [DepthState, number])[] = [
    ['ready', line.ready + line.running],
    ['scheduled', line.scheduled],
    ['blocked', line.blocked + line.suspended],
  ]
  const bound = Math.max(...parts.map(([, count]) => count))
  return new Set(parts.flatMap(([state, count]) => (count >= bound - 1 ? [state] : [])))
}

/** Jobs are due and no live worker takes them. */
export function isUnserved(line: Line): boolean {
  return line.workers === 0 && line.ready + line.running > 0
}
