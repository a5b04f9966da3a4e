import { silentLogger } from '@millrace/base/logger'
import { countFinishedJobs, Notifier } from '@millrace/queue'
import { startBenchDatabase } from '../database.ts'
import { DAYS, fillOutcomes } from '../fill-outcomes.ts'
import { startListServer, type ListServer } from '../list-server.ts'
import type { Row, Section } from '../section.ts'
import { median, quantile, repeat } from '../stats.ts'

const ROWS = 1_000_000
const TURNS = 9
const TARGET_MS = 50

/** A list as a client asks for it, and how many rows of the page there must be. */
interface Question {
  readonly name: string
  readonly path: string
  readonly atLeast: number
  readonly note?: string
}

/** Lists, filters and counts of runs over many finished jobs, through the API. `BENCH_LIST_ROWS` says how many (1,000,000). */
export const lists: Section = {
  id: 'lists',
  summary: 'lists, filters and counts of runs over a million finished jobs in 30 days',

  async measure(say) {
    const rows = Number(process.env['BENCH_LIST_ROWS'] ?? ROWS)
    const base = await startBenchDatabase()
    try {
      await fillOutcomes(base.db, rows, say)
      const notifier = new Notifier(base.db.options, silentLogger)
      await countFinishedJobs.runOnce({
        db: base.db,
        notifier,
        log: silentLogger,
        leaseMs: 20_000,
        retentionDays: DAYS,
      })
      const server = await startListServer(base.db.options)
      try {
        return await askAll(server, rows, say)
      } finally {
        await server.stop()
      }
    } finally {
      await base.stop()
    }
  },
}

export async function askAll(server: ListServer, rows: number, say: (line: string) => void): Promise<readonly Row[]> {
  const table: Row[] = []
  for (const question of questions(rows)) {
    const { atLeast, name, note, path } = question
    await server.get(path.replace('{turn}', '0'))
    const times = await repeat(TURNS, async (turn) => {
      const { ms, body } = await server.get(path.replace('{turn}', String(turn + 1)))
      if (Array.isArray(body) && body.length < atLeast)
        throw new Error(`${path}: ${body.length} rows, expected ${atLeast}`)
      return ms
    })
    say(
      `${name.padEnd(40)} ${median(times).toFixed(1)} ms, ${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)}`,
    )
    const slowest = `median of ${TURNS}, ${quantile(times, 0).toFixed(1)} to ${quantile(times, 1).toFixed(1)}${note === undefined ? '' : `; ${note}`}`
    table.push({
      section: 'lists',
      name,
      value: median(times),
      unit: 'ms',
      target: { atMost: TARGET_MS },
      note: slowest,
    })
  }
  return table
}

function questions(rows: number): readonly Question[] {
  const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString()
  const list = 'jobs/list?'
  const done = 'jobs/completed/list?'
  const far = Math.floor((rows * 0.9) / 30)
  return [
    { name: 'newest page, all', path: list, atLeast: 30 },
    { name: 'newest page, finished', path: done, atLeast: 30 },
    { name: 'newest page of 100', path: `${done}per_page=100`, atLeast: 100 },
    { name: 'oldest page', path: `${done}order_desc=false`, atLeast: 30 },
    { name: 'page 2 to 10, one after the other', path: `${done}page={turn}`, atLeast: 0 },
    { name: 'page 300, jumped to', path: `${done}page=30{turn}`, atLeast: 30, note: 'another page each time' },
    {
      name: 'at 90% of all, jumped to',
      path: `${done}page=${Math.floor(far / 10)}{turn}`,
      atLeast: 30,
      note: 'another page each time',
    },
    { name: 'path, common', path: `${done}script_path_exact=f/team3/script200`, atLeast: 30 },
    { name: 'path, rare', path: `${done}script_path_exact=f/rare/script`, atLeast: 1 },
    { name: 'path, none', path: `${done}script_path_exact=f/no/such`, atLeast: 0 },
    { name: 'paths of a folder', path: `${done}script_path_start=f/team7/`, atLeast: 30 },
    { name: 'creator, common', path: `${done}created_by=user190`, atLeast: 30 },
    { name: 'creator, one in 10,000', path: `${done}created_by=user0`, atLeast: 30 },
    { name: 'creator, rare', path: `${done}created_by=rare`, atLeast: 1 },
    { name: 'creator, oldest day only', path: `${done}created_by=ancient`, atLeast: 1 },
    { name: 'creator, none', path: `${done}created_by=nobody`, atLeast: 0 },
    { name: 'tag, common', path: `${done}tag=tag3`, atLeast: 30 },
    { name: 'tag, rare', path: `${done}tag=gpu`, atLeast: 1 },
    { name: 'failures', path: `${done}status=failure`, atLeast: 30 },
    { name: 'success=false', path: `${done}success=false`, atLeast: 30 },
    { name: 'success=true', path: `${done}success=true`, atLeast: 30 },
    { name: 'skipped, rare', path: `${done}is_skipped=true`, atLeast: 1 },
    { name: 'failures of a path', path: `${done}status=failure&script_path_exact=f/team3/script200`, atLeast: 1 },
    { name: 'failures of a creator', path: `${done}success=false&created_by=user190`, atLeast: 30 },
    { name: 'worker of today', path: `${done}worker=worker-${at(0).slice(5, 10).replace('-', '')}-3`, atLeast: 1 },
    {
      name: 'worker of 20 days ago',
      path: `${done}worker=worker-${at(20).slice(5, 10).replace('-', '')}-3`,
      atLeast: 1,
    },
    { name: 'kinds, common', path: `${done}job_kinds=preview`, atLeast: 30 },
    { name: 'kinds, rare', path: `${done}job_kinds=dependencies`, atLeast: 1 },
    { name: 'kinds, negated', path: `${done}job_kinds=!script`, atLeast: 30 },
    { name: 'trigger kind, rare', path: `${done}trigger_kind=email`, atLeast: 1 },
    { name: 'created before 15 days ago', path: `${done}created_before=${at(15)}`, atLeast: 30 },
    { name: 'created within an hour', path: `${done}created_after=${at(1 / 24)}`, atLeast: 1 },
    { name: 'created or started within a minute', path: `${list}created_or_started_after=${at(1 / 1440)}`, atLeast: 0 },
    { name: 'completed within an hour', path: `${done}completed_after=${at(1 / 24)}&per_page=100`, atLeast: 1 },
    { name: 'completed before 20 days ago', path: `${done}completed_before=${at(20)}`, atLeast: 30 },
    { name: 'arguments, common', path: `${done}args={"n":7}`, atLeast: 0, note: 'of the newest 2,000' },
    { name: 'arguments, none', path: `${done}args={"customer":"nobody"}`, atLeast: 0, note: 'of the newest 2,000' },
    { name: 'count of finished', path: 'jobs/completed/count', atLeast: 0 },
    { name: 'count of finished by tag', path: 'jobs/completed/count?tags=tag3', atLeast: 0 },
    { name: 'count of unfinished', path: 'jobs/queue/count', atLeast: 0 },
    { name: 'ids, 100 failures', path: 'jobs/list_filtered_uuids?success=false&per_page=100', atLeast: 100 },
  ]
}
