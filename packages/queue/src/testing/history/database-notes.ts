import type { Database } from '@millrace/db'
import type { OutcomeStatus } from '../../states.ts'
import { epochToSteadyMs, NOBODY, type Entry, type History } from './history.ts'

// Triggers run under the lock of the job's row, so the notes of one job stand in the order in which they happened.
const NOTE = `
create table history_note (
  seq bigint generated always as identity, op text not null, id uuid not null, attempt smallint not null, who text not null,
  detail text not null, at_ms float8 not null default extract(epoch from clock_timestamp()) * 1000);
create function note_held() returns trigger language plpgsql as $$
begin
  if new.state = 'running' then
    insert into history_note (op, id, attempt, who, detail) values ('claim', new.id, new.attempt, new.worker_id, new.tag);
  else
    insert into history_note (op, id, attempt, who, detail) values ('release', new.id, new.attempt, old.worker_id, new.state);
  end if;
  return null;
end $$;
create trigger held_is_noted after update on job_queue for each row
  when ((new.state = 'running') <> (old.state = 'running') or new.worker_id <> old.worker_id) execute function note_held();
create trigger begun_is_noted after insert on job_queue for each row when (new.state = 'running') execute function note_held();
create function note_end() returns trigger language plpgsql as $$
begin
  insert into history_note (op, id, attempt, who, detail)
  values ('end', new.id, new.attempt, coalesce(new.worker, ''), new.status);
  return null;
end $$;
create trigger end_is_noted after insert on job_outcome for each row execute function note_end();`

/** Lets the database itself note, append-only, every claim, every job that is taken from a worker, and every outcome. */
export async function noteInDatabase(db: Database): Promise<void> {
  await db.pool.query(NOTE)
}

interface Note {
  readonly op: string
  readonly id: string
  readonly attempt: number
  readonly who: string
  readonly detail: string
  readonly at_ms: number
}

/** Adds to a history what the database noted, and what a client reads at the end: all outcomes, and what still waits. */
export async function readNotes(db: Database, history: History): Promise<void> {
  const shiftMs = epochToSteadyMs()
  const { rows } = await db.pool.query<Note>(
    'select op, id, attempt, who, detail, at_ms from history_note order by seq',
  )
  history.add(...rows.map((row) => toEntry(row, row.at_ms + shiftMs)))
  await readOutcomes(db, history)
  const left = await db.pool.query<{ id: string }>('select id from job_queue')
  history.note('reader', { op: 'left', ids: left.rows.map((row) => row.id) })
}

/** Adds the sight of every outcome, with the length of its log. */
export async function readOutcomes(db: Database, history: History): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; digest: string; logged: number }>(
    `select o.id, md5(o::text) as digest, coalesce(sum(length(l.chunk)), 0)::int as logged
     from job_outcome o left join job_log l on l.job_id = o.id group by o.id, md5(o::text)`,
  )
  for (const { id, digest, logged } of rows) history.note('reader', { op: 'see', id, digest, logged })
}

function toEntry({ op, id, attempt, who, detail }: Note, atMs: number): Entry {
  const when = { fromMs: atMs, toMs: atMs }
  if (op === 'claim') return { op, id, attempt, tag: detail, who, ...when }
  if (op === 'release') return { op, id, attempt, who, ...when }
  return { op: 'end', id, attempt, status: detail as OutcomeStatus, who: who === '' ? NOBODY : who, ...when }
}

/** How many jobs have ended. */
export async function countOutcomes(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from job_outcome')
  return rows[0]?.n ?? 0
}

/** How many jobs are not over. */
export async function countUnfinished(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from job_queue')
  return rows[0]?.n ?? 0
}
