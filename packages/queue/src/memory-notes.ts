import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import type { ClaimedJob } from './job.ts'

const FLUSH_MS = 2000
const MIB = 1_048_576
const KNOWN_MAX = 10_000
/** A peak within this part of what is written is not written again. */
const TOLERANCE = 0.1

// What is needed less than before is believed slowly: the next run may need it all again.
const UPSERT = `
insert into script_memory (workspace_id, script_path, peak_mb)
select * from unnest($1::text[], $2::text[], $3::int[])
on conflict (workspace_id, script_path) do update
set peak_mb = greatest(excluded.peak_mb, (script_memory.peak_mb * 0.9)::integer), measured_at = now()`

interface Note {
  readonly workspaceId: string
  readonly scriptPath: string
  readonly peakMb: number
}

/** Remembers what memory the jobs of a script have been seen to need, for admission (Q27); writes only what is news. */
export class MemoryNotes {
  readonly #db: Database
  readonly #log: Logger
  readonly #known = new Map<string, number>()
  readonly #unwritten = new Map<string, Note>()
  #timer: NodeJS.Timeout | undefined

  constructor(db: Database, log: Logger) {
    this.#db = db
    this.#log = log
  }

  /** A run is over; runs without a script or a measured peak say nothing. */
  note({ workspaceId, scriptPath }: ClaimedJob, peakBytes: number | undefined): void {
    if (peakBytes === undefined || scriptPath === undefined) return
    const key = `${workspaceId}/${scriptPath}`
    const peakMb = Math.ceil(peakBytes / MIB)
    const known = this.#known.get(key)
    if (known !== undefined && Math.abs(peakMb - known) <= known * TOLERANCE) return
    if (this.#known.size > KNOWN_MAX) this.#known.clear()
    this.#known.set(key, peakMb)
    this.#unwritten.set(key, { workspaceId, scriptPath, peakMb })
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref()
  }

  /** Writes what is not written yet; a failure costs nothing but the note. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const notes = [...this.#unwritten.values()]
    this.#unwritten.clear()
    if (notes.length === 0) return
    try {
      await this.#db.pool.query(UPSERT, [
        notes.map((note) => note.workspaceId),
        notes.map((note) => note.scriptPath),
        notes.map((note) => note.peakMb),
      ])
    } catch (error) {
      this.#log.warn({ err: error }, 'what memory scripts need cannot be written')
    }
  }
}
