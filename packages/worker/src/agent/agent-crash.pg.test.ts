import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { openDatabase } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { Keeper, makePartitions, Notifier } from '@millrace/queue'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { agentFlow, deployFlow, keepResource, startAgentHost, WORKSPACE } from './testing/agent-host.ts'
import { callTools, startModelServer, type Asked } from './testing/model-server.ts'

const LEASE_MS = 500
const END_MS_MAX = 20_000

let base: TestDatabase
let notifier: Notifier
let keeper: Keeper
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  await deployFlow(base.db, 'f/x/echo', { modules: [] }, { type: 'object', properties: { n: { type: 'number' } } })
  notifier = new Notifier(base.db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  keeper = new Keeper({ db: base.db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 30 })
  await keeper.start()
})
afterAll(async () => {
  await keeper.stop()
  await notifier.stop()
  await base.drop()
})

const echo = { id: 'e', summary: 'echo', value: { type: 'flow', path: 'f/x/echo', input_transforms: {} } }

/** Rounds are told apart by what was said before. */
const roundOf = ({ body }: Asked) => (body.messages.length - 1) / 3

/** Where the process dies: at a point of the flow's transitions, or while the model thinks. */
type Death = { readonly point: string; readonly nth: number } | { readonly round: number }

/** An agent that calls two tools in each of two rounds, on a process that dies; another one goes on. */
async function crashAgent(death: Death) {
  const tag = `t-${newId()}`
  const id = newId()
  const applicationName = `doomed-${id.slice(-12)}`
  const db = openDatabase({ url: base.url, poolSize: 8, applicationName })
  const { promise: died, resolve: tellDeath } = Promise.withResolvers<readonly number[]>()
  let hasDied = false
  const die = async () => {
    hasDied = true
    void db.pool.end().catch(() => undefined)
    await base.db.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like $1 || '%' and datname = current_database()",
      [applicationName],
    )
    tellDeath(await endedCalls(id))
  }
  let count = 0
  const never = new Promise<never>(() => undefined)
  const failAt = async (point: string) => {
    if ('point' in death && point === death.point) count += 1
    if (!hasDied && 'point' in death && point === death.point && count === death.nth) await die()
    if (hasDied) await never
  }
  const server = await startModelServer(async (asked) => {
    const round = roundOf(asked)
    if (!hasDied && 'round' in death && round === death.round) {
      await die()
      return undefined
    }
    return round < 2 ? callTools(['echo', { n: round }], ['echo', { n: round + 10 }]) : 'Done.'
  })
  onTestFinished(() => server.stop())
  const path = `f/x/r${id}`
  await keepResource(base.db, path, { base_url: server.url })
  const provider = { type: 'static', value: { kind: 'customai', model: 'm', resource: `$res:${path}` } }
  const input_transforms = { provider, user_message: { type: 'static', value: 'Go.' } }
  const doomed = await startAgentHost(db, tag, { failAt, leaseMs: LEASE_MS })
  const agent = { type: 'aiagent', input_transforms, tools: [echo], parallel: true }
  await doomed.queue.enqueue([{ ...agentFlow(tag, [{ id: 'ag', value: agent }]), id }])
  const ended = await died
  const heir = await startAgentHost(base.db, tag, { leaseMs: LEASE_MS })
  try {
    await waitUntil('the agent has ended', END_MS_MAX, async () => {
      return (await base.db.pool.query('select from job_outcome where id = $1', [id])).rowCount === 1
    })
  } finally {
    await heir.stop()
    await doomed.abandon()
  }
  const rounds = server.asked.map(roundOf)
  return { ended, rounds, ...(await lookAt(id)) }
}

/** Rounds of the model whose calls had ended. */
async function endedCalls(id: string): Promise<readonly number[]> {
  const { rows } = await base.db.pool.query<{ round: number }>(
    `select j.flow_step_index / 3 as round from job j join job_outcome o on o.id = j.id
     where j.parent_job = $1 and j.kind = 'aiagent' order by 1`,
    [id],
  )
  return rows.map(({ round }) => round)
}

async function lookAt(id: string) {
  const { rows } = await base.db.pool.query<{ output: string; jobs: number; places: number }>(
    `select job_result_text($1)::json ->> 'output' as output, count(*)::int as jobs, count(distinct flow_step_index)::int as places
     from job where parent_job = $1 and workspace_id = $2`,
    [id, WORKSPACE],
  )
  return rows[0] ?? { output: undefined, jobs: 0, places: 0 }
}

test.each<Death>([
  { point: 'committed', nth: 2 },
  { point: 'committed', nth: 4 },
  { point: 'decided', nth: 2 },
  { point: 'frame read', nth: 3 },
  { point: 'step decided', nth: 1 },
  { round: 0 },
  { round: 1 },
])('R3 an agent goes on after a crash, and no call that ended is made again: %j (F100)', async (death) => {
  const { ended, rounds, ...rest } = await crashAgent(death)
  expect(rest).toEqual({ output: 'Done.', jobs: 7, places: 7 })
  for (const round of ended) expect(rounds.filter((each) => each === round)).toEqual([round])
  expect([...new Set(rounds)]).toEqual([0, 1, 2])
})
