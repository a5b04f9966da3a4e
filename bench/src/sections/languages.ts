import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sleep } from '@millrace/base/time'
import { createClient } from '@millrace/client'
import pg from 'pg'
import { startBenchDatabase } from '../database.ts'
import { bareSpawnMs, languageFacts, type LanguageFacts } from '../language-facts.ts'
import { KeepAlive } from '../keep-alive.ts'
import { SECRET, startProduct } from '../product.ts'
import type { Row, Section } from '../section.ts'
import { median, quantile, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const RUNS = 3
const CALLS_MAX = 100
/** Of slow languages fewer calls are measured: about so long for each run. */
const RUN_MS = 1000
const WORKSPACE = 'admins'
const SAMPLES = new URL('../../samples/', import.meta.url)
const PER_SLOT_MAX = 30
/** Between calls that come one at a time: none waits for the box that replaces the one before. */
const PAUSE_MS = 50
const PACED_MAX = 30
/** Where boxes reach the database: their sandbox hides its socket. An address that nobody else is likely to have. */
const DATABASE_ADDRESS = '127.77.77.77'

/** A deployed script that greets, from request to reply, on the whole product with its default sandbox. */
export const languages: Section = {
  id: 'languages',
  summary: 'run_wait_result of a trivial deployed script in each language, over HTTP',

  async measure(say, only) {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    await chmod(folder, 0o755)
    const base = await startBenchDatabase(DATABASE_ADDRESS)
    const product = await startProduct('start', { DATABASE_URL: base.url, MILLRACE_DATA_DIR: folder })
    const inFlight = availableParallelism() * 2
    const http = new KeepAlive(product.url, SECRET, inFlight)
    const client = createClient({ baseUrl: product.url, token: SECRET })
    try {
      const floor = await measureLanguage((name) => runIdentity(http, name), inFlight)
      const rows: Row[] = [...(await toRows({ id: 'no script', measured: floor, facts: undefined, inFlight, folder }))]
      const facts = await languageFacts()
      const offered = await client.instance.listLanguages()
      for (const name of only ?? [])
        if (!offered.some(({ id }) => id === name)) throw new Error(`there is no language ${name}`)
      for (const { id, extension } of offered) {
        if (only && !only.includes(id)) continue
        const file = new URL(`trivial${extension}`, SAMPLES)
        if (!existsSync(fileURLToPath(file))) {
          say(`${id} has no bench/samples/trivial${extension} and is left out`)
          continue
        }
        const path = `u/admin/bench_${id}`
        const content = await readFile(file, 'utf8')
        await client.scripts.createScript({ workspace: WORKSPACE, body: { path, language: id, content } })
        const given = facts.get(id)?.server ? { database: connectionOf(base.url) } : {}
        const measured = await measureLanguage((name) => runOnce(http, path, { ...given, name }), inFlight).catch(
          (error: unknown) =>
            say(`${id} could not be measured: ${error instanceof Error ? error.message : String(error)}`),
        )
        if (!measured) continue
        say(`${id}: p50 ${formatValue(measured.p50)} ms`)
        rows.push(...(await toRows({ id, measured, facts: facts.get(id), inFlight, folder })))
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

/** Milliseconds, and jobs a second. */
interface Measured {
  readonly first: number
  readonly p50: number
  readonly p99: number
  readonly pacedP50: number
  readonly perS: number
  /** In each run of those that come one after the other. */
  readonly calls: number
}

async function measureLanguage(run: (name: string) => Promise<void>, inFlight: number): Promise<Measured> {
  const timed = async () => {
    const beganMs = performance.now()
    await run('you')
    return performance.now() - beganMs
  }
  const first = await timed()
  const usual = Math.min(await timed(), await timed())
  const countUpTo = (most: number) => Math.min(most, Math.max(3, Math.round(RUN_MS / usual)))
  const calls = countUpTo(CALLS_MAX)
  await repeat(Math.min(10, calls), timed)
  const runs = await repeat(RUNS, () => repeat(calls, timed))
  const paced = await repeat(countUpTo(PACED_MAX), async () => {
    await sleep(PAUSE_MS)
    return await timed()
  })
  const perSlot = countUpTo(PER_SLOT_MAX)
  const rates = await repeat(RUNS, async () => {
    const beganMs = performance.now()
    await Promise.all(Array.from({ length: inFlight }, () => repeat(perSlot, () => run('you'))))
    return (inFlight * perSlot * 1000) / (performance.now() - beganMs)
  })
  const at = (share: number) => median(runs.map((samples) => quantile(samples, share)))
  return { first, p50: at(0.5), p99: at(0.99), pacedP50: median(paced), perS: median(rates), calls }
}

/** Throws unless the script greeted: a fast failure is no measurement. */
async function runOnce(http: KeepAlive, path: string, args: { readonly name: string }): Promise<void> {
  const { status, body } = await http.post(`/api/w/${WORKSPACE}/jobs/run_wait_result/p/${path}`, args)
  // Statements give rows.
  if (status !== 200 || !body.includes(`"hello ${args.name}"`))
    throw new Error(`replied ${status}: ${body.slice(0, 500)}`)
}

/** The database as a resource. */
function connectionOf(url: string): Readonly<Record<string, unknown>> {
  // Of a socket too, which is no address by the rules of URLs.
  const { port, user, password, database } = new pg.Client({ connectionString: url })
  return {
    host: DATABASE_ADDRESS,
    port,
    user,
    password: password ?? '',
    dbname: database,
    sslmode: 'disable',
  }
}

/** The same way without sandbox and interpreter: a job that returns its arguments. */
async function runIdentity(http: KeepAlive, name: string): Promise<void> {
  const { status, body } = await http.post(`/api/w/${WORKSPACE}/jobs/run_wait_result/preview`, {
    kind: 'identity',
    args: { name },
  })
  if (status !== 200 || !body.includes(name)) throw new Error(`replied ${status}: ${body.slice(0, 500)}`)
}

interface LanguageRows {
  readonly id: string
  readonly measured: Measured
  readonly facts: LanguageFacts | undefined
  readonly inFlight: number
  /** The product's. */
  readonly folder: string
}

async function toRows({ id, measured, facts, inFlight, folder }: LanguageRows): Promise<readonly Row[]> {
  const common = { section: 'languages', unit: 'ms' }
  const bareMs = facts?.bare && (await bareSpawnMs(facts.bare, join(folder, 'toolchains', id)))
  return [
    { ...common, name: `${id}, first`, value: measured.first, note: 'the first call, a build included' },
    {
      ...common,
      name: `${id}, p50`,
      value: measured.pacedP50,
      ...(facts?.steadyMsMax !== undefined && { target: { atMost: facts.steadyMsMax } }),
      note: `${PAUSE_MS} ms between calls`,
    },
    {
      ...common,
      name: `${id}, p50 without a pause`,
      value: measured.p50,
      note: `each with the box of the next one on the way, median of ${RUNS} runs of ${measured.calls}`,
    },
    { ...common, name: `${id}, p99`, value: measured.p99 },
    {
      ...common,
      name: `${id}, rate`,
      value: measured.perS,
      unit: 'jobs/s',
      ...(facts?.jobsPerSMin !== undefined && { target: { atLeast: facts.jobsPerSMin } }),
      note: `${inFlight} in flight`,
    },
    ...(bareMs === undefined
      ? []
      : [{ ...common, name: `${id}, bare spawn`, value: bareMs, note: `\`${facts?.bare?.join(' ')}\`, no isolation` }]),
  ]
}
