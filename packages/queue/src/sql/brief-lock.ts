import { sleep } from '@millrace/base/time'
import { inTransaction, type Database } from '@millrace/db'

/** Everyone who comes after us waits as long. */
const WAIT_MS = 100
const TRIES = 10

/**
 * A transaction that needs a table for itself for a moment, beside running jobs. Whoever waits for such a lock makes everyone wait
 * who comes behind, so it waits a tenth of a second, lets go, and tries again, ten times; false when somebody held the table
 * all the while.
 */
export async function withBriefLock(db: Database, work: Parameters<typeof inTransaction<void>>[1]): Promise<boolean> {
  for (let left = TRIES; left > 0; left -= 1) {
    try {
      await inTransaction(db, async (client) => {
        await client.query(`set local lock_timeout = ${WAIT_MS}`)
        await work(client)
      })
      return true
    } catch (error) {
      if (!isLockTimeout(error)) throw error
    }
    await sleep(WAIT_MS)
  }
  return false
}

function isLockTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '55P03'
}
