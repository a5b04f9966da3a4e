import { access, constants, mkdir } from 'node:fs/promises'
import { openClient } from '@millrace/db'
import type { Config } from '../config.ts'

/** One thing that was looked at. */
export interface Finding {
  readonly subject: string
  readonly ok: boolean
  readonly fact: string
  /** What mends it. */
  readonly remedy?: string
}

/** Whether the data folder can be written. */
export async function checkFolder(config: Config): Promise<Finding> {
  const { dataDir } = config.server
  try {
    await mkdir(dataDir, { recursive: true })
    await access(dataDir, constants.W_OK)
    return { subject: 'data folder', ok: true, fact: dataDir }
  } catch {
    return {
      subject: 'data folder',
      ok: false,
      fact: `${dataDir} cannot be written`,
      remedy: 'Set MILLRACE_DATA_DIR to a folder that can.',
    }
  }
}

/** Whether the given database answers and is new enough; the embedded one is tried at every start. */
export async function checkDatabase(config: Config): Promise<Finding> {
  const url = config.server.databaseUrl
  if (url === undefined) return { subject: 'database', ok: true, fact: 'embedded PostgreSQL (DATABASE_URL is not set)' }
  const client = openClient({ url, pooler: config.database.pooler, poolSize: 1, applicationName: 'millrace:doctor' })
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; number: number }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
    )
    const [row] = rows
    if (row && row.number >= 150_000) return { subject: 'database', ok: true, fact: `PostgreSQL ${row.version}` }
    return {
      subject: 'database',
      ok: false,
      fact: `PostgreSQL ${row?.version ?? 'unknown'} is too old`,
      remedy: 'Use PostgreSQL 15 or newer.',
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      subject: 'database',
      ok: false,
      fact: `cannot be reached: ${message}`,
      remedy: 'Check DATABASE_URL and that the server runs.',
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}
