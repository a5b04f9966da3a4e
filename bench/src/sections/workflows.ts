import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeepAlive } from '../keep-alive.ts'
import { languageFacts } from '../language-facts.ts'
import { SECRET, startProduct } from '../product.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const RUNS = 3
const STEPS = 500
const WORKSPACE = 'admins'
const SAMPLES = new URL('../../samples/', import.meta.url)
const PER_S_MIN = 600

/** Workflows as code on the whole product: steps in their own process, each durable before the next one begins. */
export const workflows: Section = {
  id: 'workflows',
  summary: 'inline steps a second of one workflow as code',

  async measure(say) {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    await chmod(folder, 0o755)
    const product = await startProduct('start', { MILLRACE_DATA_DIR: folder })
    const http = new KeepAlive(product.url, SECRET, 1)
    try {
      const rows: Row[] = []
      for (const { language, file } of await listSamples()) {
        const content = await readFile(new URL(file, SAMPLES), 'utf8')
        await run(http, { language, content })
        const rates = await repeat(RUNS, () => run(http, { language, content }))
        say(`${file}: ${Math.round(median(rates))} steps/s`)
        rows.push({
          section: 'workflows',
          name: file.replace('workflow.', ''),
          value: median(rates),
          unit: 'steps/s',
          target: { atLeast: PER_S_MIN },
          note: `${STEPS} steps a run, median of ${RUNS}`,
        })
      }
      return rows
    } finally {
      http.close()
      await product.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function listSamples(): Promise<readonly { readonly language: string; readonly file: string }[]> {
  const facts = [...(await languageFacts())]
  return facts.flatMap(([language, { workflows: files = [] }]) => files.map((file) => ({ language, file })))
}

/** Steps a second as the workflow itself tells; throws unless each of them ran. */
async function run(http: KeepAlive, preview: { readonly language: string; readonly content: string }): Promise<number> {
  const body = { ...preview, args: { count: STEPS } }
  const reply = await http.post(`/api/w/${WORKSPACE}/jobs/run_wait_result/preview`, body)
  const { sum, ms } = Object(JSON.parse(reply.body))
  if (reply.status !== 200 || sum !== (STEPS * (STEPS - 1)) / 2)
    throw new Error(`a workflow replied ${reply.status}: ${reply.body.slice(0, 500)}`)
  return (STEPS * 1000) / Number(ms)
}
