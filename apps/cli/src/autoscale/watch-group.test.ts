import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createClient } from '@millrace/client'
import { expect, onTestFinished, test } from 'vitest'
import { createTerminal } from '../output/terminal.ts'
import { problem, startTestApi, type Answer } from '../test-api.ts'
import { watchGroup, type Watch } from './watch-group.ts'

/** `[wanted, current]` as the server tells it. */
function hint([wanted, current]: readonly [number, number], group = 'default') {
  const figures = { needed: wanted, slots_per_worker: 4, busy_slots: 0, arriving_slots: 0, draining_slots: 0 }
  const bounds = { enabled: true, min_workers: 0, max_workers: 9, target_wait_ms: 5000 }
  return { group, wanted, current, why: 'figures', ...bounds, ...figures, tags: [] }
}

/** Watches a server that gives these answers, one a look; it ends with the last of them. */
async function watch(answers: readonly Answer[], more: Partial<Watch> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-autoscale-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const abort = new AbortController()
  let looks = 0
  const { url, seen } = await startTestApi({
    'GET /workers/scale_hint': (request, response) => {
      looks += 1
      response.once('finish', () => looks >= answers.length && setTimeout(() => abort.abort(), 200))
      return (answers[looks - 1] ?? answers.at(-1))?.(request, response)
    },
  })
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const file = join(folder, 'calls')
  const note = (verb: string) => `echo "${verb} $MILLRACE_GROUP $MILLRACE_CURRENT $MILLRACE_WANTED $GIVEN" >> ${file}`
  await watchGroup({
    client: createClient({ baseUrl: url, token: 'secret' }),
    terminal: createTerminal({ stdin, stdout, stderr }, { wantsNoColor: true }),
    group: 'default',
    everyMs: 1,
    cooldownMs: 0,
    quietLooks: 2,
    isOnce: false,
    wantsJson: false,
    commands: { up: note('up'), down: note('down') },
    environment: { PATH: process.env['PATH'], GIVEN: 'kept' },
    signal: abort.signal,
    ...more,
  })
  const calls = await readFile(file, 'utf8').catch(() => '')
  return {
    calls: calls.split('\n').filter(Boolean),
    seen,
    out: String(stdout.read() ?? ''),
    err: String(stderr.read() ?? ''),
  }
}

test('commands are run with what they must know, up at once and down after the quiet looks', async () => {
  const { calls, seen } = await watch([
    () => [hint([3, 1])],
    () => [hint([3, 3])],
    () => [hint([1, 3])],
    () => [hint([1, 3])],
    () => [hint([1, 1])],
  ])
  expect(calls).toEqual(['up default 1 3 kept', 'down default 3 1 kept'])
  expect(seen[0]?.token).toBe('secret')
})

test('once is one look', async () => {
  const { calls, seen, err } = await watch([() => [hint([2, 1])], () => [hint([3, 1])]], { isOnce: true })
  expect(calls).toEqual(['up default 1 2 kept'])
  expect(seen).toHaveLength(1)
  expect(err).toBe('default: 1 of 2 wanted workers, more are wanted; runs --up (figures)\n')
})

test('a server that is away for a while is asked again, a refusal ends the watch', async () => {
  const away = problem(503, 'server.unavailable', 'The database does not answer.')
  const { calls, err } = await watch([() => [hint([1, 1])], away, () => [hint([2, 1])], () => [hint([2, 2])]])
  expect(calls).toEqual(['up default 1 2 kept'])
  expect(err).toContain('The database does not answer. Looking again.\n')
  const refusal = problem(403, 'auth.forbidden', 'Only superadmins may do this.')
  await expect(watch([() => [hint([1, 1])], refusal])).rejects.toThrow('Only superadmins')
})

test('a command that fails is told, and tried again after the cooldown', async () => {
  const { err } = await watch([() => [hint([2, 1])], () => [hint([2, 1])], () => [hint([1, 1])]], {
    commands: { up: 'echo no machine left; exit 7', down: undefined },
  })
  expect(err.match(/no machine left\n/g)).toHaveLength(2)
  expect(err.match(/`echo no machine left; exit 7` ended with 7\./g)).toHaveLength(2)
})

test('a command that is not given is not run, and said so', async () => {
  const { err, calls } = await watch([() => [hint([1, 3])], () => [hint([1, 3])], () => [hint([1, 3])]], {
    commands: { up: 'true', down: undefined },
  })
  expect(calls).toEqual([])
  expect(err).toContain('fewer were wanted 2 times; no --down command is given')
})

test('the end of the watch ends the command with all that it started', async () => {
  const began = performance.now()
  await watch([() => [hint([2, 1])]], { commands: { up: 'sleep 60 & sleep 60', down: undefined } })
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('a group that is not there is told with those that are', async () => {
  await expect(watch([() => [hint([1, 1])]], { group: 'gpu' })).rejects.toThrow('"gpu"')
})

test('with --json each thing that is said is a line of JSON', async () => {
  const { out } = await watch([() => [hint([2, 1])]], { wantsJson: true, isOnce: true })
  expect(JSON.parse(out)).toEqual({
    group: 'default',
    wanted: 2,
    current: 1,
    action: 'up',
    reason: 'more are wanted',
    why: 'figures',
  })
})
