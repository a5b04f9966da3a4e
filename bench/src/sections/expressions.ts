import { analyse, Expressions, JsonData, type Question } from '@millrace/flow'
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const SOURCE = 'results.a.x + flow_input.y'
const RUNS = 9
const FAST = 200_000
const SLOW = 500
const BATCHES = 30
const BATCH = 100
const CONTEXTS = 300

/** What it costs to evaluate an expression of a flow, over half a kilobyte of JSON. */
export const expressions: Section = {
  id: 'expressions',
  summary: 'one expression in the fast lane, in the slow lane, and there in batches',

  async measure(say) {
    const evaluator = new Expressions()
    try {
      const question = makeQuestion()
      await warm(evaluator, question)
      const fast = await repeat(RUNS, async () => timeFast(evaluator, question))
      const alone = await repeat(RUNS, async () => await timeAlone(evaluator, question))
      const batches = await repeat(RUNS, async () => await timeBatches(evaluator, question))
      const contexts = await timeContexts()
      say(
        `fast ${median(fast).toFixed(2)}, alone ${median(alone).toFixed(0)}, in batches ${median(batches).toFixed(0)} µs`,
      )
      return [
        row('fast lane', fast, { target: { atMost: 5 }, note: 'this thread; a bare cached function takes 0.01 µs' }),
        row('slow lane, alone', alone, { target: { atMost: 300 }, note: 'a bare round trip to a thread takes 147 µs' }),
        row('slow lane, batches of 100', batches, {
          target: { atMost: 100 },
          note: 'in a context that is used again and keeps what others left it takes 42 µs, in a fresh one 303',
        }),
        row('a fresh context', contexts, { note: 'what isolation by a context each would add in the thread' }),
      ]
    } finally {
      await evaluator.stop()
    }
  },
}

/** As a flow asks: data that was read before, and a source that was seen before. */
function makeQuestion(): Question {
  const step = { x: 20, name: 'a step', text: 'x'.repeat(200) }
  const input = { y: 22, list: [1, 2, 3], text: 'y'.repeat(200) }
  const scope = { names: { flow_input: JsonData.ofValue(input) }, results: new Map([['a', JsonData.ofValue(step)]]) }
  return { source: SOURCE, scope }
}

async function warm(evaluator: Expressions, question: Question): Promise<void> {
  analyse(SOURCE)
  timeFast(evaluator, question)
  const answers = await Promise.all(Array.from({ length: 1000 }, () => evaluator.evaluateSlow(question)))
  for (const answer of [...answers, evaluator.tryFast(question)])
    if (!answer?.ok || answer.data.value !== 42) throw new Error(`${SOURCE} gave ${JSON.stringify(answer)}`)
}

function timeFast(evaluator: Expressions, question: Question): number {
  const beganMs = performance.now()
  for (let turn = 0; turn < FAST; turn += 1) evaluator.tryFast(question)
  return microseconds(beganMs, FAST)
}

async function timeAlone(evaluator: Expressions, question: Question): Promise<number> {
  const beganMs = performance.now()
  for (let turn = 0; turn < SLOW; turn += 1) await evaluator.evaluateSlow(question)
  return microseconds(beganMs, SLOW)
}

async function timeBatches(evaluator: Expressions, question: Question): Promise<number> {
  const beganMs = performance.now()
  for (let turn = 0; turn < BATCHES; turn += 1)
    await Promise.all(Array.from({ length: BATCH }, () => evaluator.evaluateSlow(question)))
  return microseconds(beganMs, BATCHES * BATCH)
}

/** The engine bare, in this thread. */
async function timeContexts(): Promise<readonly number[]> {
  const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'))
  const runtime = engine.newRuntime()
  const times = await repeat(RUNS, async () => {
    const beganMs = performance.now()
    for (let turn = 0; turn < CONTEXTS; turn += 1) runtime.newContext().dispose()
    return microseconds(beganMs, CONTEXTS)
  })
  runtime.dispose()
  return times
}

function microseconds(beganMs: number, times: number): number {
  return ((performance.now() - beganMs) * 1000) / times
}

function row(name: string, values: readonly number[], more: Pick<Row, 'target' | 'note'>): Row {
  const range = `median of ${values.length} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`
  return {
    section: 'expressions',
    name,
    value: median(values),
    unit: 'µs',
    ...more,
    note: `${range}; ${more.note ?? ''}`,
  }
}
