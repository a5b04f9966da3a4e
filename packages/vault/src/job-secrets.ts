import { createHmac } from 'node:crypto'
import type { Database, Queryable } from '@millrace/db'
import { insertJobSecret, listJobSecrets } from '@millrace/db/tables/job-secret'
import { seal, unseal, UnreadableSecret } from './seal.ts'

/**
 * Which secrets a running job has read, so that its log can be kept free of them whichever process gave them out: a secret is
 * noted before it is handed over, and looked up after it may have been printed.
 */
export class JobSecrets {
  readonly #db: Database
  readonly #key: Buffer

  constructor(db: Database, instanceKey: Buffer) {
    this.#db = db
    this.#key = instanceKey
  }

  /** Notes what a job is about to be given, after the transaction of `db` is committed. */
  async note(db: Queryable, job: { readonly id: string; readonly workspace: string }, value: string): Promise<void> {
    const digest = createHmac('sha256', this.#key).update(value).digest()
    const sealed = seal(this.#key, value, placeOf(job.id))
    await insertJobSecret(db, { workspace: job.workspace, jobId: job.id, digest, sealed })
  }

  /** What these jobs were given until now; jobs that were given nothing are missing. */
  async valuesOf(jobIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const values = new Map<string, string[]>()
    for (const { job_id: id, sealed } of await listJobSecrets(this.#db.kysely, jobIds)) {
      const value = this.#open(id, sealed)
      if (value !== undefined) values.set(id, [...(values.get(id) ?? []), value])
    }
    return values
  }

  /** The instance's key may have been changed since: that job's secrets were forgotten then. */
  #open(jobId: string, sealed: Buffer): string | undefined {
    try {
      return unseal(this.#key, sealed, placeOf(jobId))
    } catch (error) {
      if (error instanceof UnreadableSecret) return undefined
      throw error
    }
  }
}

function placeOf(jobId: string): readonly string[] {
  return ['job_secret', jobId]
}
