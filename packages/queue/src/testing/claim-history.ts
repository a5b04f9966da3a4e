import type { Database } from '@millrace/db'

/**
 * Records, append-only and by the database itself, every claim (`claim_history`), and makes the table in which workers note
 * each run that came to its end (`effect`).
 */
export async function recordHistory(db: Database): Promise<void> {
  await db.pool.query(`
    create table claim_history (
      seq bigint generated always as identity, id uuid not null, attempt smallint not null, worker_id uuid not null,
      claimed_at timestamptz not null default clock_timestamp());
    create table effect (
      id uuid not null, attempt smallint not null, worker_id uuid not null, noted_at timestamptz not null default clock_timestamp());
    create function note_claim() returns trigger language plpgsql as $$
    begin
      insert into claim_history (id, attempt, worker_id) values (new.id, new.attempt, new.worker_id);
      return null;
    end $$;
    create trigger claims_are_noted after update on job_queue for each row
      when (new.state = 'running' and old.state <> 'running') execute function note_claim();`)
}

/** When a worker was killed or put to sleep, by its id: milliseconds since the epoch. */
export type Losses = ReadonlyMap<string, number>

/** What the histories of a run show. All lists are empty when the queue kept its word. */
export interface Verdict {
  /** Acknowledged ids without an outcome. */
  readonly lost: readonly string[]
  /** Ids that ended otherwise than in success. */
  readonly failed: readonly string[]
  /** Ids that were claimed again although the earlier holder was well. */
  readonly takenFromTheLiving: readonly string[]
  /** Ids whose outcome is not that of their last claim, or whose run came to its end other than once under it. */
  readonly outOfStep: readonly string[]
  /** Rows left in `job_queue`. */
  readonly left: number
  /** From the loss of a worker until each of its jobs was claimed again. */
  readonly recoveriesMs: readonly number[]
}

/** Holds the histories against the ids that `enqueue` acknowledged. */
export async function judge(db: Database, acknowledged: readonly string[], losses: Losses): Promise<Verdict> {
  const outcomes = await outcomesById(db)
  const claims = await claimsById(db)
  const effects = await effectsByRun(db)
  const { rowCount: left } = await db.pool.query('select from job_queue')
  const takenFromTheLiving: string[] = []
  const recoveriesMs: number[] = []
  for (const id of acknowledged) {
    const history = claims.get(id) ?? []
    history.slice(1).forEach((claim, index) => {
      const lostAtMs = losses.get(history[index]?.workerId ?? '')
      if (lostAtMs === undefined) takenFromTheLiving.push(id)
      else recoveriesMs.push(claim.claimedAtMs - lostAtMs)
    })
  }
  const isInStep = (id: string) => {
    const last = claims.get(id)?.at(-1)
    const outcome = outcomes.get(id)
    if (!last || !outcome) return false
    const isOfLastClaim = outcome.attempt === last.attempt && outcome.worker === last.workerId
    return isOfLastClaim && effects.get(`${id} ${last.attempt} ${last.workerId}`) === 1
  }
  return {
    lost: acknowledged.filter((id) => !outcomes.has(id)),
    failed: [...outcomes].filter(([, { status }]) => status !== 'success').map(([id]) => id),
    takenFromTheLiving,
    outOfStep: acknowledged.filter((id) => outcomes.has(id) && !isInStep(id)),
    left: left ?? 0,
    recoveriesMs,
  }
}

interface Claim {
  readonly attempt: number
  readonly workerId: string
  readonly claimedAtMs: number
}

async function claimsById(db: Database): Promise<ReadonlyMap<string, readonly Claim[]>> {
  const { rows } = await db.pool.query<{ id: string; attempt: number; worker_id: string; claimed_at: Date }>(
    'select id, attempt, worker_id, claimed_at from claim_history order by seq',
  )
  const byId = new Map<string, Claim[]>()
  for (const { id, attempt, worker_id, claimed_at } of rows) {
    const claim = { attempt, workerId: worker_id, claimedAtMs: claimed_at.getTime() }
    byId.set(id, [...(byId.get(id) ?? []), claim])
  }
  return byId
}

async function outcomesById(
  db: Database,
): Promise<ReadonlyMap<string, { status: string; attempt: number; worker: string | null }>> {
  const { rows } = await db.pool.query<{ id: string; status: string; attempt: number; worker: string | null }>(
    'select id, status, attempt, worker from job_outcome',
  )
  return new Map(rows.map((row) => [row.id, row]))
}

/** How often each run (`id attempt worker`) came to its end. */
async function effectsByRun(db: Database): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.pool.query<{ run: string; n: number }>(
    `select concat_ws(' ', id, attempt, worker_id) as run, count(*)::int as n from effect group by 1`,
  )
  return new Map(rows.map((row) => [row.run, row.n]))
}

/** How many jobs have ended. */
export async function countOutcomes(db: Database): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from job_outcome')
  return rows[0]?.n ?? 0
}
