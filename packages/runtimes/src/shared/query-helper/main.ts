import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { Channel } from './channel.ts'
import type { QueryRequest } from '../../runtime.ts'
import type { OpenDriver } from './driver.ts'
import { HelperJob, type JobTools } from './job.ts'
import { Pool } from './pool.ts'

/** The helper of one language: `node main.mjs <driver.mjs> <folder of drivers>`, as it is published without types. */
async function main([driverFile = '', driversFolder = '']: readonly string[]): Promise<void> {
  const { openDriver } = (await import(pathToFileURL(driverFile).href)) as { readonly openDriver: OpenDriver }
  const load = createRequire(join(driversFolder, 'package.json'))
  const driver = openDriver((name) => load(name))
  const pool = new Pool(driver)
  if (driver.rehearsal) await rehearse(driver.rehearsal, { driver, pool })
  const channel = new Channel()
  const tools = { channel, driver, pool }
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

/** Nobody hears how it ends: what is wrong is told to the first job. */
async function rehearse(request: QueryRequest, tools: Omit<JobTools, 'channel'>): Promise<void> {
  const channel = { send: () => undefined }
  await new HelperJob({ ...tools, channel }, { op: 'run', job: '', request, rowsMax: 1, bytesMax: 1000 }).run()
}

// A driver that fails outside of a job must not take the others along.
process.on('uncaughtException', (error) => process.stderr.write(`${error.stack}\n`))
await main(process.argv.slice(2))
