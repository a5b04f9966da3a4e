import type { Queue } from '@millrace/queue'
import { startBenchDatabase } from '../database.ts'
import { flowJob, startFlowHost, step, type FlowHost } from '../flow-host.ts'
import { installPeers, measureDbos, measureRestate, type StepFigures } from '../flow-peers.ts'
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
  summary: 'durable steps of flows that do nothing, inline and as jobs, beside DBOS and Restate in the same run',

  async measure(say) {
    await installPeers()
    const base = await startBenchDatabase()
    try {
      const host = await startFlowHost(base.db, 16)
      let measured
      try {
        measured = await ours(host, say)
      } finally {
        await host.stop()
      }
      const dbos = await measureDbos(base.url)
      say('DBOS measured')
      const restate = await measureRestate()
      say('Restate measured')
      return [
        ...stepRows('identity steps', measured.inline, { one: 600, many: 4000, short: 5 }),
        ...stepRows('steps as jobs', measured.jobs),
        ...stepRows('DBOS', dbos),
        ...stepRows('Restate', restate),
        ...loopRows(measured),
      ]
    } finally {
      await base.stop()
    }
  },
}

interface Measured {
  readonly inline: StepFigures
  readonly jobs: StepFigures
  /** Milliseconds of a parallel loop. */
  readonly identities: number
  readonly children: number
}

async function ours(host: FlowHost, say: (line: string) => void): Promise<Measured> {
  const inline = await stepFigures(host, identity)
  say('identity steps measured')
  const jobs = await stepFigures(host, step)
  say('steps as jobs measured')
  const identities = median(await repeat(RUNS, () => loop(host, [identity('i')], MANY)))
  const children = await loop(host, [step('s')], MANY)
  say('loops measured')
  return { inline, jobs, identities, children }
}

async function stepFigures(host: FlowHost, make: (id: string) => object): Promise<StepFigures> {
  const sequence = (size: number) => loop(host, [make('s')], { size, parallel: false })
  await sequence(50)
  const one = await repeat(RUNS, async () => (STEPS / (await sequence(STEPS))) * 1000)
  const many = await repeat(RUNS, async () => {
    const ms = await timed(() => Promise.all(Array.from({ length: FLOWS }, () => sequence(STEPS_OF_EACH))))
    return ((FLOWS * STEPS_OF_EACH) / ms) * 1000
  })
  const short = await repeat(SHORT_FLOWS, () => timed(() => runFlow(host, ['a', 'b', 'c'].map(make))))
  return { one: median(one), many: median(many), short: median(short) }
}

function stepRows(what: string, { one, many, short }: StepFigures, targets?: StepFigures): readonly Row[] {
  const common = { section: 'flows', note: `median of ${RUNS}` }
  return [
    {
      ...common,
      name: `${what}, one flow, one by one`,
      value: one,
      unit: '/s',
      ...(targets && { target: { atLeast: targets.one } }),
    },
    {
      ...common,
      name: `${what}, ${FLOWS} flows`,
      value: many,
      unit: '/s',
      ...(targets && { target: { atLeast: targets.many } }),
    },
    {
      ...common,
      name: `${what}, a flow of 3, p50`,
      value: short,
      unit: 'ms',
      ...(targets && { target: { atMost: targets.short } }),
      note: `median of ${SHORT_FLOWS}`,
    },
  ]
}

function loopRows({ identities, children }: Measured): readonly Row[] {
  const common = { section: 'flows', unit: 's' }
  return [
    {
      ...common,
      name: 'parallel loop of 10,000 identities',
      value: identities / 1000,
      target: { atMost: 3 },
      note: `median of ${RUNS}`,
    },
    { ...common, name: 'parallel loop of 10,000 jobs', value: children / 1000, note: 'once' },
  ]
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
