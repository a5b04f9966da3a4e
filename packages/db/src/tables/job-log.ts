import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Chunks in one read at the most. */
const CHUNKS_MAX = 1000

/** A part of a job's log; offsets count UTF-16 units. */
export interface LogSlice {
  readonly text: string
  /** Of the end of `text`. */
  readonly end: number
}

/** A text of a job that grows while it runs: its log by default. */
export interface GrowingTextOf {
  readonly workspace: string
  readonly jobId: string
  readonly table?: 'job_log' | 'job_stream'
}

/** The log from an offset on; a very long one is read piece by piece, each from the last one's `end`. */
export async function readLog(db: Queryable, job: GrowingTextOf, offset: number): Promise<LogSlice> {
  const { workspace, jobId, table = 'job_log' } = job
  const { rows } = await sql<{ chunk: string; starts_at: number }>`
    select chunk, starts_at from ${sql.table(table)}
    where job_id = ${jobId} and workspace_id = ${workspace} and seq >= coalesce(
      (select max(seq) from ${sql.table(table)} where job_id = ${jobId} and workspace_id = ${workspace} and starts_at <= ${offset}), 0)
    order by seq limit ${CHUNKS_MAX}`.execute(db)
  const pieces = rows.map((row) => row.chunk.slice(Math.max(0, offset - row.starts_at)))
  const last = rows.at(-1)
  return { text: pieces.join(''), end: last ? Math.max(offset, last.starts_at + last.chunk.length) : offset }
}

/** Where the chunk begins that has the last `length` units of a log; 0 of a shorter one. */
export async function findTailStart(db: Queryable, job: GrowingTextOf, length: number): Promise<number> {
  const { workspace, jobId } = job
  const { rows } = await sql<{ start: number }>`
    select greatest(0, starts_at - ${length}::integer) as start from job_log
    where job_id = ${jobId} and workspace_id = ${workspace} order by seq desc limit 1`.execute(db)
  return rows[0]?.start ?? 0
}

/** The whole log from an offset on. */
export async function readLogToEnd(db: Queryable, job: GrowingTextOf, offset: number): Promise<LogSlice> {
  const pieces: string[] = []
  for (let end = offset; ;) {
    const slice = await readLog(db, job, end)
    if (slice.text === '') return { text: pieces.join(''), end }
    pieces.push(slice.text)
    end = slice.end
  }
}
