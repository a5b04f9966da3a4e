import type { Connection } from '@millrace/db'

/** Waits until everything that was committed before is on disk: the log is written in its order, and this commit waits for its own place. */
export async function makeDurable(db: Connection): Promise<void> {
  await db.query({ name: 'make-durable', text: `select pg_logical_emit_message(true, 'millrace', '')` })
}
