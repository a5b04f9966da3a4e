import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'
import { startBenchDatabase } from '../database.ts'
import { languageFacts, type LanguageFacts } from '../language-facts.ts'
import { KeepAlive } from '../keep-alive.ts'
import { SECRET, startProduct } from '../product.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const RUNS = 3
const SHORT_FLOWS = 30
/** Between flows: none waits for the boxes that replace those of the one before. */
const PAUSE_MS = 100
const ITERATIONS = 40
const WORKSPACE = 'admins'

const SAMPLES = new URL('../../samples/', import.meta.url)

/** What is measured: a language, its script, and what it is held against. */
interface Subject extends NonNullable<LanguageFacts['inFlows']> {
  readonly language: string
  readonly content: string
}

/** Flows whose steps are scripts in the sandbox that the product chooses, from request to reply. */
export const flowsIsolated: Section = {
  id: 'flows-isolated',
  summary: 'flows whose steps are isolated scripts on the whole product, over HTTP',

  async measure(say) {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    await chmod(folder, 0o755)
    const base = await startBenchDatabase()
    const product = await startProduct('start', { DATABASE_URL: base.url, MILLRACE_DATA_DIR: folder })
    const http = new KeepAlive(product.url, SECRET, 1)
    try {
      const rows: Row[] = []
      for (const [language, { inFlows }] of await languageFacts()) {
        if (!inFlows) continue
        const content = await readFile(new URL(inFlows.fibo, SAMPLES), 'utf8')
        rows.push(...(await measureLanguage(http, { ...inFlows, language, content })))
        say(`${language} measured`)
      }
      return rows
    } finally {
      http.close()
      await product.stop()
      await base.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measureLanguage(http: KeepAlive, subject: Subject): Promise<readonly Row[]> {
  const { language, threeStepsMsMax, loopMsMax } = subject
  const three = ['a', 'b', 'c'].map((id) => fibo(id, subject, { type: 'static', value: 1 }))
  const iterator = { type: 'javascript', expr: `Array(${ITERATIONS}).fill(10)` }
  const modules = [fibo('f', subject, { type: 'javascript', expr: 'flow_input.iter.value' })]
  const loop = [{ id: 'l', value: { type: 'forloopflow', iterator, skip_failures: false, parallel: false, modules } }]
  const short = () => timed(() => run(http, three, '1'))
  const paced = async () => {
    await sleep(PAUSE_MS)
    return await short()
  }
  const long = () => timed(() => run(http, loop, JSON.stringify(Array.from({ length: ITERATIONS }, () => 55))))
  await repeat(5, short)
  const common = { section: 'flows-isolated' }
  return [
    {
      ...common,
      name: `${language}, a flow of 3 steps, p50`,
      value: median(await repeat(SHORT_FLOWS, paced)),
      unit: 'ms',
      ...(threeStepsMsMax !== undefined && { target: { atMost: threeStepsMsMax } }),
      note: `${PAUSE_MS} ms between flows, median of ${SHORT_FLOWS}`,
    },
    {
      ...common,
      name: `${language}, a flow of 3 steps, p50 without a pause`,
      value: median(await repeat(SHORT_FLOWS, short)),
      unit: 'ms',
      note: `each with the boxes of the next ones on the way, median of ${SHORT_FLOWS}`,
    },
    {
      ...common,
      name: `${language}, ${ITERATIONS} × fibo(10), one by one`,
      value: median(await repeat(RUNS, long)),
      unit: 'ms',
      ...(loopMsMax !== undefined && { target: { atMost: loopMsMax } }),
      note: `median of ${RUNS}`,
    },
  ]
}

function fibo(id: string, { language, content }: Subject, n: object): object {
  return { id, value: { type: 'rawscript', language, content, input_transforms: { n } } }
}

/** Throws unless the flow gave what it should: a fast failure is no measurement. */
async function run(http: KeepAlive, modules: readonly object[], result: string): Promise<void> {
  const { status, body } = await http.post(`/api/w/${WORKSPACE}/jobs/run_wait_result/preview_flow`, {
    value: { modules },
    args: {},
  })
  if (status !== 200 || body !== result) throw new Error(`replied ${status}: ${body.slice(0, 500)}`)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now()
  await work()
  return performance.now() - beganMs
}
