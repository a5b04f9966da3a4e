import { expect, test } from 'vitest'
import type { RuntimeHost, SampleInput } from '../../suite.ts'
import { traceNetwork, whyNoTrace } from './trace-system.ts'

/** A script with its lock, and what a run of it gives. */
export interface LockedSample {
  readonly source: string
  readonly input: SampleInput
  readonly value: unknown
}

/** Registers the test that a locked script which ran once asks no network and installs nothing, traced and not timed. */
export function testSecondRun(open: () => RuntimeHost, lockSample: (host: RuntimeHost) => Promise<LockedSample>): void {
  test('a second run of a locked script makes no network call and no install', async ({ skip }) => {
    const why = whyNoTrace()
    skip(why !== undefined, why)
    const host = open()
    const { source, input, value } = await lockSample(host)
    expect(await host.run(source, input).ended).toMatchObject({ value })
    const steps = host.stepsRun
    const calls = await traceNetwork(async () => {
      expect(await host.run(source, input).ended).toMatchObject({ value })
    })
    expect(calls).toEqual([])
    expect(host.stepsRun).toBe(steps)
  })
}
