import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { newId } from '@millrace/base/ids'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Orphans } from './orphans.ts'

beforeEach((context) => context.skip(process.platform !== 'linux', 'only Linux shows the environment of processes'))

/** A process as a job leaves it behind: a session of its own, its starter gone. */
async function leaveBehind(jobId: string): Promise<number> {
  const script = `${process.execPath} -e 'console.log(process.pid); setInterval(() => {}, 1000)' &`
  const starter = spawn('/bin/sh', ['-c', script], {
    detached: true,
    env: { WM_JOB_ID: jobId },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [pid] = await once(starter.stdout, 'data')
  onTestFinished(() => void process.kill(Number(pid), 'SIGKILL'))
  return Number(pid)
}

test('a process counts from the end of its job on, until the job runs again', async () => {
  const orphans = new Orphans()
  const id = newId()
  orphans.begin(id)
  await leaveBehind(id)
  expect(await orphans.count()).toBe(0)
  orphans.end(id)
  expect(await orphans.count()).toBe(1)
  orphans.begin(id)
  expect(await orphans.count()).toBe(0)
})

test('processes of other workers’ jobs are not ours', async () => {
  const orphans = new Orphans()
  await leaveBehind(newId())
  orphans.end(newId())
  expect(await orphans.count()).toBe(0)
})

test('the ends of the last ten thousand runs are known', async () => {
  const orphans = new Orphans()
  const id = newId()
  await leaveBehind(id)
  orphans.end(id)
  for (let other = 0; other < 9_999; other += 1) orphans.end(String(other))
  expect(await orphans.count()).toBe(1)
  orphans.end('one more')
  expect(await orphans.count()).toBe(0)
})
