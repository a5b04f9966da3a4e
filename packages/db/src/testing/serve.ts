import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openClient } from '../database.ts'
import { startEmbeddedPostgres } from '../embedded/embedded-postgres.ts'
import { migrate } from '../migrate.ts'
import { withDatabase } from './test-database.ts'

const TEMPLATE = 'template_millrace'

/** Serves the tests of one run: prints the file that says how to connect, and ends with its stdin. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({ folder, settings: ['fsync=off'] })
  try {
    const client = openClient({ url: server.superuserUrl, poolSize: 1, applicationName: 'test' })
    await client.connect()
    await client.query(`create database ${TEMPLATE} owner millrace`)
    await client.end()
    await migrate({
      url: withDatabase(server.superuserUrl, TEMPLATE, 'millrace'),
      poolSize: 1,
      applicationName: 'test',
    })
    const file = join(folder, 'server.json')
    await writeFile(file, JSON.stringify({ superuserUrl: server.superuserUrl, template: TEMPLATE }))
    process.stdout.write(`${file}\n`)
    process.stdin.resume()
    await once(process.stdin, 'close')
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
