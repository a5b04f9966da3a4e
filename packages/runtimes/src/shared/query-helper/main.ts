import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { Channel } from './channel.ts'
import type { OpenDriver } from './driver.ts'
import { HelperJob } from './job.ts'
import { Pool } from './pool.ts'

/** The helper of one language: `node main.ts <driver.ts> <folder of drivers>`. */
async function main([driverFile = '', driversFolder = '']: readonly string[]): Promise<void> {
  const { openDriver } = (await import(pathToFileURL(driverFile).href)) as { readonly openDriver: OpenDriver }
  const load = createRequire(join(driversFolder, 'package.json'))
  const driver = openDriver((name) => load(name))
  const channel = new Channel()
  const tools = { channel, driver, pool: new Pool(driver) }
  const jobs = new Map<string, HelperJob>()
  await channel.listen((order) => {
    if (order.op === 'cancel') return jobs.get(order.job)?.cancel()
    if (order.op === 'drop') return jobs.get(order.job)?.drop()
    const job = new HelperJob(tools, order)
    jobs.set(order.job, job)
    void job.run().finally(() => jobs.delete(order.job))
    return undefined
  })
  for (const job of jobs.values()) job.cancel()
  // Open connections would keep it.
  process.kill(process.pid, 'SIGKILL')
}

// A driver that fails outside of a job must not take the others along.
process.on('uncaughtException', (error) => process.stderr.write(`${error.stack}\n`))
await main(process.argv.slice(2))
