import type { Connection } from '@millrace/db'
import { toEnding, type Begun, type CarriedJobs } from '@millrace/queue'
import { isInside, toStored, toStoring, type Stored, type StoredRow, type Storing } from './store-frames.ts'

/** What the statement did. */
export interface Advanced {
  readonly stored: ReadonlyMap<string, Stored>
  /** Jobs that have begun in this process. */
  readonly begun: readonly Begun[]
  readonly isScheduled: boolean
}

interface Row {
  readonly over: readonly string[] | null
  readonly begun: readonly Begun[] | null
  readonly is_scheduled: boolean
  /** Of `advance_flows`. */
  readonly frames?: readonly StoredRow[] | null
  /** Of `advance_steps`. */
  readonly stored?: readonly string[]
}

const FLOWS = { name: 'advance-flows', text: 'select advance_flows($1, $2, $3, $4, $5) as did' }
/** The same with less work, where all are steps in the middle of flows. */
const STEPS = { name: 'advance-steps', text: 'select advance_steps($1, $2, $3, $4, $5) as did' }

/** Ends steps, stores transitions of different frames and writes the jobs that follow, in one statement. */
export async function advanceFlows(
  connection: Connection,
  storings: readonly Storing[],
  carried: CarriedJobs,
): Promise<Advanced> {
  const { jobs, near } = carried
  const endings = storings.flatMap(({ ending }) => (ending ? [toEnding(ending)] : []))
  const { rows } = await connection.query<{ did: Row }>({
    ...(storings.every(isInside) ? STEPS : FLOWS),
    values: [
      endings.length > 0 ? JSON.stringify(endings) : undefined,
      `[${storings.map(toStoring).join(',')}]`,
      jobs,
      near?.workerId,
      near?.tags,
    ],
  })
  const did = rows[0]?.did
  const over = new Set(did?.over)
  const frames = new Map(rowsOf(did).map((row) => [row.id, row]))
  const stored = storings.map(({ frame, ending }): [string, Stored] => [
    frame.id,
    { ...toStored(frames.get(frame.id)), hasEnded: ending !== undefined && over.has(ending.job.id) },
  ])
  return { stored: new Map(stored), begun: did?.begun ?? [], isScheduled: did?.is_scheduled ?? false }
}

function rowsOf(did: Row | undefined): readonly StoredRow[] {
  if (did?.stored)
    return did.stored.map((id) => ({ id, is_stored: true, tags: null, is_scheduled: false, cancel: null }))
  return did?.frames ?? []
}
