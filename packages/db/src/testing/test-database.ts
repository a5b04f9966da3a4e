import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { closeDatabase, openDatabase, type Database } from '../database.ts'
import { serverFile } from './server-file.ts'

export { findPgBouncer, startPooler } from './pooler.ts'
export type { TestPooler } from './pooler.ts'

/** A migrated database of its own, for one test file. */
export interface TestDatabase {
  readonly url: string
  /** The same database with the rights of a superuser. */
  readonly superuserUrl: string
  readonly db: Database
  /** Closes the pool and drops the database; fails when a connection of the pool was not given back. */
  drop(): Promise<void>
}

/** Clones the template that the run's global set-up made. Isolation inside it is by workspace and tag, as tenants are. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server: unknown = JSON.parse(await readFile(serverFile(), 'utf8'))
  const { superuserUrl, template } = server as { superuserUrl: string; template: string }
  const name = `t_${randomBytes(6).toString('hex')}`
  await runAs(superuserUrl, `create database ${name} template ${template} owner millrace`)
  const url = withDatabase(superuserUrl, name, 'millrace')
  const db = openDatabase({ url, poolSize: 10, applicationName: 'test' })
  return {
    url,
    superuserUrl: withDatabase(superuserUrl, name, 'postgres'),
    db,
    async drop() {
      const held = db.pool.totalCount - db.pool.idleCount
      await closeDatabase(db)
      await runAs(superuserUrl, `drop database ${name} with (force)`)
      if (held > 0) throw new Error(`${held} connections were not given back to the pool`)
    },
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string, user: string): string {
  return url.replace(/^postgresql:\/\/\w+@\/\w+/, `postgresql://${user}@/${database}`)
}

async function runAs(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
