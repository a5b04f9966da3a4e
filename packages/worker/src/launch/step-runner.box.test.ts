import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openStepHost, shellStep } from './testing/open-step-host.ts'

const PROGRAM = new URL('./testing/step-process.ts', import.meta.url).pathname

let folder: string
let host: Awaited<ReturnType<typeof openStepHost>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-steps-'))
  await chmod(folder, 0o755)
  host = await openStepHost(folder, 'own', 3 * 1024 * 1024)
})
afterAll(async () => {
  await host.launcher.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Line {
  readonly log?: string
  readonly answer?: { readonly ok: boolean; readonly lock?: string }
  readonly stepsRun?: number
}

/** A worker process that runs one step; `said` waits for a line. */
function startProcess(own: string, step: ReturnType<typeof shellStep>) {
  const plan = JSON.stringify({ dataDir: folder, own, step })
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM, plan], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: Line[] = []
  let look = () => {}
  createInterface(child.stdout).on('line', (text) => {
    lines.push(JSON.parse(text) as Line)
    look()
  })
  const said = (isIt: (line: Line) => boolean) =>
    new Promise<Line>((resolve) => {
      look = () => {
        const found = lines.find(isIt)
        if (found) resolve(found)
      }
      look()
    })
  return { child, said, answered: () => said((line) => line.answer !== undefined) }
}

test('two processes on one data folder run a step once', async () => {
  const step = shellStep('once', 'echo run >> /cache/once; sleep 0.5; wc -l < /cache/once > out')
  const [a, b] = await Promise.all([startProcess('a', step).answered(), startProcess('b', step).answered()])
  expect([a.answer, b.answer]).toEqual([
    { ok: true, lock: '1\n' },
    { ok: true, lock: '1\n' },
  ])
  expect((a.stepsRun ?? 0) + (b.stepsRun ?? 0)).toBe(1)
})

test('a step whose process was killed is run by the one that waits for it, and its half-made output is never seen', async () => {
  const step = shellStep(
    'killed',
    'if mkdir /cache/killed 2>&-; then echo half > out; echo begun; sleep 600; fi; echo whole > out',
  )
  const first = startProcess('first', step)
  await first.said(({ log }) => log?.includes('begun') ?? false)
  const second = startProcess('second', step)
  const gone = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await gone
  expect((await second.answered()).answer).toEqual({ ok: true, lock: 'whole\n' })
})

test('jobs that come together share one step, each hears it, and it ends when nobody waits any more', async () => {
  const step = shellStep('shared', 'echo begun; sleep 600; echo > out')
  const [leave, leaveToo] = [new AbortController(), new AbortController()]
  const logs = ['', '']
  const begun = Promise.withResolvers<void>()
  const before = host.launcher.stepsRun
  const hear = (at: number) => (text: string) => {
    logs[at] += text
    if (text.includes('begun')) begun.resolve()
  }
  const one = host.launcher.resolve(step, host.request(hear(0), leave.signal))
  const two = host.launcher.resolve(step, host.request(hear(1), leaveToo.signal))
  await begun.promise
  leave.abort()
  expect(await one).toMatchObject({ ok: false, outcome: { error: { name: 'Canceled' } } })
  leaveToo.abort()
  expect(await two).toMatchObject({ ok: false, outcome: { error: { name: 'Canceled' } } })
  expect(logs).toEqual(['begun\n', 'begun\n'])
  expect(host.launcher.stepsRun - before).toBe(1)
})

test('a step that fails is told by its own words, and tried again by the next job', async () => {
  const step = shellStep(
    'flaky',
    'if mkdir /cache/flaky; then echo "the registry is away" >&2; exit 3; fi; echo done > out',
  )
  expect(await host.launcher.resolve(step, host.request())).toMatchObject({
    ok: false,
    outcome: { error: { name: 'ResolveError', message: 'the registry is away' } },
  })
  expect(await host.launcher.resolve(step, host.request())).toEqual({ ok: true, lock: 'done\n' })
})

test('past the bound, what was not used for longest goes, and what is used lately stays', async () => {
  const big = (key: string) => shellStep(key, `head -c 1500000 /dev/zero > out`)
  const kept = async () => (await readdir(join(folder, 'builds', 'bash'))).filter((name) => /^[0-9a-f]{40}$/.test(name))
  const before = await kept()
  const names: string[] = []
  for (const key of ['big1', 'big2']) {
    await host.launcher.resolve(big(key), host.request())
    names.push(...(await kept()).filter((name) => !before.includes(name) && !names.includes(name)))
  }
  const [old = '', older = ''] = names
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)
  await utimes(join(folder, 'builds', 'bash', old), hoursAgo(2), hoursAgo(2))
  await utimes(join(folder, 'builds', 'bash', older), hoursAgo(3), hoursAgo(3))
  await host.launcher.resolve(big('big3'), host.request())
  await expect.poll(kept).not.toContain(older)
  // Used now, so that the next one must not push it out, although it is the oldest.
  const steps = host.launcher.stepsRun
  await host.launcher.resolve(big('big1'), host.request())
  expect(host.launcher.stepsRun).toBe(steps)
  expect(Date.now() - (await stat(join(folder, 'builds', 'bash', old))).mtimeMs).toBeLessThan(60_000)
})

test('steps of one workspace leave nothing for those of another: neither caches nor outputs', async () => {
  const step = shellStep(
    'shared',
    'cat /cache/left > out 2>/dev/null || echo nothing > out; echo something > /cache/left',
  )
  const answerOf = (workspace: string) => host.launcher.resolve(step, { ...host.request(), workspace })
  expect(await answerOf('one')).toEqual({ ok: true, lock: 'nothing\n' })
  expect(await answerOf('two')).toEqual({ ok: true, lock: 'nothing\n' })
  expect(await host.launcher.resolve(step, { ...host.request(), workspace: 'two' }, { fresh: true })).toEqual({
    ok: true,
    lock: 'something\n',
  })
})

test('credentials of registries are not in the log of a step, nor in its error', async () => {
  const text =
    'echo "asking $PIP_INDEX_URL"; echo "header $CARGO_REGISTRIES_OWN_TOKEN" >&2; echo "401 for $PIP_INDEX_URL" >&2; exit 1'
  const step = shellStep('credentials', text)
  const env = {
    ...step.env,
    PIP_INDEX_URL: 'https://ada:hunter22@host.example/',
    CARGO_REGISTRIES_OWN_TOKEN: 'own-token',
  }
  let log = ''
  const request = host.request((piece) => (log += piece))
  const answer = await host.launcher.resolve({ ...step, env }, request)
  expect(log).toContain('asking https://ada:***@host.example/')
  expect(answer).toMatchObject({
    ok: false,
    outcome: { error: { message: expect.stringContaining('401 for https://ada:***@') } },
  })
  expect(`${log}${JSON.stringify(answer)}`).not.toMatch(/hunter22|own-token/)
})
