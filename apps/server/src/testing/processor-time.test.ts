import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readProcessorTime, starvedMs } from './processor-time.ts'

test('the time of a process is that of all that came of it', async ({ skip }) => {
  skip(!existsSync('/proc/self/schedstat'), 'this host does not tell of waits for a processor')
  const shell = spawn('/bin/sh', [
    '-c',
    'read -r line; n=0; (while [ $n -lt 200000 ]; do n=$((n + 1)); done); echo; read -r line',
  ])
  const pid = shell.pid ?? -1
  const before = readProcessorTime(pid)
  shell.stdin.write('\n')
  await once(shell.stdout, 'data')
  const after = readProcessorTime(pid)
  shell.kill()
  expect(after.ownMs - before.ownMs).toBeGreaterThan(0)
  expect(after.busyMs - before.busyMs).toBeGreaterThanOrEqual(after.ownMs - before.ownMs - 20)
})

test('a wait is excused by the share that strangers had of the processors', () => {
  const before = { busyMs: 1000, ownMs: 500, waitedMs: 10 }
  expect(starvedMs(before, { busyMs: 3000, ownMs: 500, waitedMs: 1010 })).toBe(1000)
  expect(starvedMs(before, { busyMs: 3000, ownMs: 2000, waitedMs: 1010 })).toBe(250)
  expect(starvedMs(before, { busyMs: 3000, ownMs: 2500, waitedMs: 1010 })).toBe(0)
  expect(starvedMs(before, before)).toBe(0)
})
