import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'
import { createClient } from '@millrace/client'
import { KeepAlive } from '../keep-alive.ts'
import { languageFacts } from '../language-facts.ts'
import { SECRET, startProduct } from '../product.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const RUNS = 3
const JOBS = 5000
const WORKSPACE = 'admins'
const SAMPLES = new URL('../../samples/', import.meta.url)
const LOOK_MS = 20
const PER_S_MIN = 3000

/** Scripts with processes of their own: a batch from its enqueue until the last outcome is written, on the whole product. */
export const dedicated: Section = {
  id: 'dedicated',
  summary: 'jobs a second of a script with processes of its own, through the queue',

  async measure(say) {
    const scripts = [...(await languageFacts())].flatMap(([language, { dedicated: files = [] }]) =>
      files.map((file) => ({ language, file, path: `u/admin/${file.replaceAll('.', '_')}` })),
    )
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    await chmod(folder, 0o755)
    const tags = scripts.map(({ path }) => `${WORKSPACE}:${path}`).join(',')
    const product = await startProduct('start', { MILLRACE_DATA_DIR: folder, WORKER_TAGS: `dependency,${tags}` })
    const client = createClient({ baseUrl: product.url, token: SECRET })
    const http = new KeepAlive(product.url, SECRET, 1)
    try {
      const rows: Row[] = []
      for (const { language, file, path } of scripts) {
        const content = await readFile(new URL(file, SAMPLES), 'utf8')
        const body = { path, language, content, dedicated_worker: true }
        await client.scripts.createScript({ workspace: WORKSPACE, body })
        await drain(http, path)
        const rates = await repeat(RUNS, () => drain(http, path))
        say(`${file}: ${Math.round(median(rates))} jobs/s`)
        rows.push({
          section: 'dedicated',
          name: file.replace('dedicated.', ''),
          value: median(rates),
          unit: 'jobs/s',
          target: { atLeast: PER_S_MIN },
          note: `${JOBS} jobs a batch, median of ${RUNS}`,
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

/** Jobs a second from the call that enqueues a batch until all of it is over; throws unless the script greeted. */
async function drain(http: KeepAlive, path: string): Promise<number> {
  const beganMs = performance.now()
  const enqueued = await http.post(`/api/w/${WORKSPACE}/jobs/add_batch_jobs/${JOBS}`, { kind: 'script', path })
  const ids: unknown = JSON.parse(enqueued.body)
  if (enqueued.status !== 200 || !Array.isArray(ids)) throw new Error(`replied ${enqueued.status}: ${enqueued.body}`)
  while (Number(Object(JSON.parse((await http.get(`/api/w/${WORKSPACE}/jobs/queue/count`)).body)).database_length) > 0)
    await sleep(LOOK_MS)
  const perS = (JOBS * 1000) / (performance.now() - beganMs)
  for (const id of [ids[0], ids[JOBS / 2], ids.at(-1)]) {
    const { body } = await http.get(`/api/w/${WORKSPACE}/jobs_u/completed/get_result/${String(id)}`)
    if (body !== '"hello you"') throw new Error(`a job of ${path} ended with ${body.slice(0, 500)}`)
  }
  return perS
}
