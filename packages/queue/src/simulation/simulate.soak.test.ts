import { expect, test } from 'vitest'
import { withSeed } from '../testing/seeded-random.ts'
import { busyDay, DAY_TAGS, dayWeight, EARLY_TENANTS } from './busy-day.ts'
import { utilisation } from './scenarios.ts'
import { simulate, type Report } from './simulate.ts'
import { percentile } from './variates.ts'

/** `simulate.test.ts` at full length. */
const SIZE = { workers: 600, jobs: 1_000_000 }

/** Workers that are there all day and serve every tag, as long as there is more to do than can be done. */
function steadyUse(report: Report): { readonly seconds: number; readonly each: readonly number[] } {
  const slots = report.workers.reduce((sum, { plan }) => sum + plan.slots, 0)
  const seconds = report.watch.saturated(slots, 5)
  const each = report.workers.flatMap(({ plan }, nth) => {
    const isSteady = plan.joinAtMs === 0 && plan.leaveAtMs === undefined && plan.crashAtMs === undefined
    return isSteady && plan.tags.length === DAY_TAGS.length ? [utilisation(report, nth, [5, 5 + seconds])] : []
  })
  return { seconds, each: each.sort((a, b) => a - b) }
}

test.each([0, 1, 2])('Q4 Q5 Q9 R19 R20 a day of 600 unequal workers and a million jobs (%i)', (nth) =>
  withSeed((base) => {
    const seed = base + nth
    const beganMs = performance.now()
    const report = simulate(busyDay({ ...SIZE, seed }))
    const wallMs = performance.now() - beganMs
    const { faults, referee, watch, simulatedMs, events } = report
    const { seconds, each } = steadyUse(report)
    const shares = watch.shares(EARLY_TENANTS, dayWeight, 1)
    const waits = [0, 10, 50].map((priority) => percentile(referee.waitsMs(priority), 0.5).toFixed(1))

    console.log(
      [
        `seed ${seed}: ${(simulatedMs / 1000).toFixed(0)} s in ${(wallMs / 1000).toFixed(1)} s, ${events} events`,
        `utilisation over ${seconds} s: ${each[0]?.toFixed(4)} to ${each.at(-1)?.toFixed(4)}`,
        `shares over ${shares.seconds} s: ${[...shares.ofDue.values()].map((share) => share.toFixed(4)).join(' ')}`,
        `p50 waits of priorities 0, 10, 50: ${waits.join(', ')} ms`,
        JSON.stringify(referee.counts),
      ].join('\n  '),
    )

    expect(faults).toEqual([])
    expect(referee.counts.ended).toBe(referee.counts.accepted)
    expect(seconds).toBeGreaterThan(60)
    expect(each.length).toBeGreaterThan(200)
    expect(each[0]).toBeGreaterThan(0.95)
    expect(shares.seconds).toBeGreaterThan(60)
    for (const share of shares.ofDue.values()) expect(Math.abs(share - 1)).toBeLessThan(0.05)
    return Promise.resolve()
  }),
)
