import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueryRuntime, Toolchain } from './runtime.ts'

export { openQueryHost } from './shared/testing/open-query-host.ts'

/** How a run of the suite ended. */
export type QuerySampleEnd =
  | { readonly kind: 'result'; readonly value: unknown; readonly json: string; readonly log: string }
  | {
      readonly kind: 'error'
      readonly error: { readonly name: string; readonly message: string }
      readonly log: string
    }

/** A run under way. */
export interface QuerySampleRun {
  readonly ended: Promise<QuerySampleEnd>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** Where the suite runs statements: a sandbox and the worker's helpers. */
export interface QueryHost {
  readonly toolchain: Toolchain
  run(source: string, args?: Readonly<Record<string, unknown>>): QuerySampleRun
  /** How many helpers were started. */
  readonly helpersStarted: number
  /** Kills every helper that runs, as a crash would, and waits for their ends. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** A server that the statements go to, or why there is none; nothing to start where statements run in the helper. */
export type QueryServer =
  | { readonly found: true; readonly resource: Readonly<Record<string, unknown>> | undefined; stop(): Promise<void> }
  | { readonly found: false; readonly problem: string }

/** The same few scripts in every language of statements. */
export interface QuerySamples {
  /** Gives one row with the columns `n`, which is the argument `n` (4), and `t`, which is `é`. */
  readonly row: string
  /** Runs for minutes; has the word `slow` in a comment. */
  readonly slow: string
  /** Gives one row whose `n` says how many `slow` ones run; undefined where there is no server to ask. */
  readonly slowOnes: string | undefined
  /** Several statements, of which the third fails on `line` (3 if absent) with a message that has `mentions`. */
  readonly failing: { readonly source: string; readonly mentions: string; readonly line?: number }
  /** Statements whose last gives more than 10,000 rows. */
  readonly manyRows: string
  /** Makes something that only its session has; `peek` then fails, for it is not there. */
  readonly session: { readonly make: string; readonly peek: string }
  /** A value with its types, and the JSON that comes of it. */
  readonly values: { readonly source: string; readonly rows: string }
}

/** What `open` made, for further tests of a language. */
export interface QueryFixture {
  readonly host: QueryHost
  readonly server: QueryServer
}

/** What holds for every language of statements; returns what further tests need. */
export function testQueryRuntime(
  runtime: QueryRuntime,
  samples: QuerySamples,
  open: () => Promise<QueryFixture>,
): { run(source: string, args?: Readonly<Record<string, unknown>>): QuerySampleRun } {
  let fixture: QueryFixture
  beforeAll(async () => {
    fixture = await open()
  })
  afterAll(async () => {
    await fixture?.host.close()
    if (fixture?.server.found) await fixture.server.stop()
  })
  beforeEach((context) => {
    const { server, host } = fixture
    if (!server.found) context.skip(server.problem)
    if (!host.toolchain.found) context.skip(`${host.toolchain.problem} ${host.toolchain.remedy}`)
  })
  const run = (source: string, args: Readonly<Record<string, unknown>> = {}) => {
    const { resource } = fixture.server.found ? fixture.server : {}
    return fixture.host.run(source, { ...(resource && { database: resource }), ...args })
  }
  const tools = { run, host: () => fixture.host }
  describe('every language of statements', () => {
    testStatements(runtime, samples, tools)
    testEnds(samples, tools)
  })
  return { run }
}

interface Tools {
  run(source: string, args?: Readonly<Record<string, unknown>>): QuerySampleRun
  host(): QueryHost
}

async function valueOf({ ended }: QuerySampleRun): Promise<unknown> {
  const end = await ended
  return end.kind === 'result' ? end.value : end.error
}

function testStatements(runtime: QueryRuntime, samples: QuerySamples, { run }: Tools): void {
  test('the starter runs', async () => {
    const value = await valueOf(run(runtime.info.starter, { name: 'World', times: 2 }))
    expect(JSON.stringify(value)).toContain('Hello World')
  })

  test('arguments are bound, and rows come as objects', async () => {
    expect(await valueOf(run(samples.row, { n: 4 }))).toEqual([{ n: 4, t: 'é' }])
  })

  test('values lose nothing', async () => {
    const end = await run(samples.values.source).ended
    expect(end.kind === 'result' ? end.json : end.error).toBe(samples.values.rows)
  })

  test('an error says which statement, where and why', async () => {
    expect(await valueOf(run(samples.failing.source))).toMatchObject({
      name: 'QueryError',
      statement: 3,
      line: samples.failing.line ?? 3,
      message: expect.stringContaining(samples.failing.mentions),
    })
  })

  test('10,000 rows are kept, and the log says so', async () => {
    const end = await run(samples.manyRows).ended
    expect(end.kind === 'result' && Array.isArray(end.value) && end.value.length).toBe(10_000)
    expect(end.log).toContain('10000 rows')
  })

  test('a job finds nothing of the session before it', async () => {
    expect(await valueOf(run(samples.session.make))).toEqual([{ n: 1 }])
    expect(await valueOf(run(samples.session.peek))).toMatchObject({ name: 'QueryError' })
  })
}

function testEnds(samples: QuerySamples, { run, host }: Tools): void {
  // Where there is no server, nobody can be asked.
  const slowOnes = async () => (samples.slowOnes === undefined ? undefined : await valueOf(run(samples.slowOnes)))
  const are = (n: number) => (samples.slowOnes === undefined ? undefined : [{ n }])

  test('jobs at once do not wait for each other', async () => {
    const slow = run(samples.slow)
    await expect.poll(slowOnes, { timeout: 20_000 }).toEqual(are(1))
    expect(await valueOf(run(samples.row, { n: 4 }))).toEqual([{ n: 4, t: 'é' }])
    slow.kill('SIGTERM')
    expect((await slow.ended).kind).toBe('error')
  })

  test('a cancel stops the statement itself', async () => {
    const slow = run(samples.slow)
    await expect.poll(slowOnes, { timeout: 20_000 }).toEqual(are(1))
    slow.kill('SIGTERM')
    expect(await slow.ended).toMatchObject({ kind: 'error' })
    await expect.poll(slowOnes).toEqual(are(0))
  })

  test('a helper that dies fails its jobs as lost, and the next job has a new one', async () => {
    const started = host().helpersStarted
    const slow = run(samples.slow)
    await expect.poll(slowOnes, { timeout: 20_000 }).toEqual(are(1))
    let isOver = false
    void slow.ended.then(() => (isOver = true))
    // It may not have its helper yet.
    const crashUntilOver = async () => {
      await host().crash()
      return isOver
    }
    await expect.poll(crashUntilOver, { timeout: 20_000 }).toBe(true)
    expect(await slow.ended).toMatchObject({ kind: 'error', error: { name: 'HelperLost' } })
    expect(await valueOf(run(samples.row, { n: 4 }))).toEqual([{ n: 4, t: 'é' }])
    expect(host().helpersStarted).toBeGreaterThan(started)
  })
}
