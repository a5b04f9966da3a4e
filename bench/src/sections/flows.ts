import type { Queue } from '@millrace/queue'
import { startBenchDatabase } from '../database.ts'
import { flowJob, startFlowHost, step, type FlowHost } from '../flow-host.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const RUNS = 3
const STEPS = 300
const FLOWS = 16
const STEPS_OF_EACH = 100
const SHORT_FLOWS = 100
const MANY = { size: 10_000, parallel: true }
const END_MS_MAX = 300_000

/** What the platform itself takes for flows whose steps do nothing, worker and keeper in one process. */
export const flows: Section = {
  id: 'flows',
  summary: 'steps of flows that do nothing: each a job, durable',

  async measure(say) {
    const base = await startBenchDatabase()
    const host = await startFlowHost(base.db, 16)
    try {
      await loop(host, [step('s')], { size: 50, parallel: false })
      const alone = median(await repeat(RUNS, () => sequence(host)))
      say('one flow measured')
      const together = median(await repeat(RUNS, () => sequences(host)))
      say(`${FLOWS} flows measured`)
      const short = median(
        await repeat(SHORT_FLOWS, () => timed(() => runFlow(host, [step('a'), step('b'), step('c')]))),
      )
      say('short flows measured')
      const plain = median(await repeat(RUNS, () => loop(host, [identity('i')], MANY)))
      say('loop of identities measured')
      const jobs = median(await repeat(1, () => loop(host, [step('s')], MANY)))
      const common = { section: 'flows' }
      return [
        { ...common, name: 'steps of one flow, one by one', value: alone, unit: '/s', target: { atLeast: 600 } },
        { ...common, name: `steps of ${FLOWS} flows`, value: together, unit: '/s', target: { atLeast: 4000 } },
        { ...common, name: 'flow of 3 steps, p50', value: short, unit: 'ms', target: { atMost: 5 } },
        {
          ...common,
          name: 'parallel loop of 10,000 identities',
          value: plain / 1000,
          unit: 's',
          target: { atMost: 3 },
          note: `median of ${RUNS}`,
        },
        { ...common, name: 'parallel loop of 10,000 jobs', value: jobs / 1000, unit: 's', note: 'once' },
      ] satisfies readonly Row[]
    } finally {
      await host.stop()
      await base.stop()
    }
  },
}

/** Steps a second of one flow, whose loop goes one by one. */
async function sequence(host: FlowHost): Promise<number> {
  const ms = await loop(host, [step('s')], { size: STEPS, parallel: false })
  return (STEPS / ms) * 1000
}

async function sequences(host: FlowHost): Promise<number> {
  const size = STEPS_OF_EACH
  const ms = await timed(() =>
    Promise.all(Array.from({ length: FLOWS }, () => loop(host, [step('s')], { size, parallel: false }))),
  )
  return ((FLOWS * STEPS_OF_EACH) / ms) * 1000
}

/** Milliseconds of a flow that is a loop. */
async function loop(
  host: FlowHost,
  modules: readonly object[],
  { size, parallel }: { readonly size: number; readonly parallel: boolean },
): Promise<number> {
  const iterator = { type: 'javascript', expr: 'flow_input.list' }
  const value = { type: 'forloopflow', iterator, skip_failures: false, parallel, modules }
  const list = Array.from({ length: size }, (_, at) => at)
  return await timed(() => runFlow(host, [{ id: 'l', value }], { list }))
}

async function runFlow(
  { queue, tag }: { readonly queue: Queue; readonly tag: string },
  modules: readonly object[],
  args?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const job = flowJob(tag, modules, args)
  const end = queue.expect(job.id ?? '')
  await queue.enqueue([job])
  const hasEnded = await end.ended(END_MS_MAX)
  end.close()
  if (!hasEnded) throw new Error('a flow has not ended')
}

function identity(id: string): object {
  return { id, value: { type: 'identity' } }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await work()
  return performance.now() - beganMs
}
