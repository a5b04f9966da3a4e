import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import type { Launch, Prepared, Toolchain } from '@millrace/runtimes'
import { findRuntime } from '@millrace/runtimes'
import { chooseSandbox, type Sandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest'
import type { LaunchPlan, RunEnd, RunRequest } from '../launch-context.ts'
import { Nests } from './nests.ts'

const limits = { memoryBytesMax: 2 ** 28, processesMax: 64, fileBytesMax: 2 ** 28, openFilesMax: 256 }
const env = { PATH: '/usr/bin:/bin' }

let folder: string
let sandbox: Sandbox | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-nest-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (choice.found) sandbox = choice.sandbox
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs shell scripts in one nest, one after the other. */
async function openNest(context: TestContext, strategy: 'spawn' | 'prewarm' = 'spawn') {
  const jobsFolder = join(folder, context.task.id)
  await mkdir(jobsFolder, { recursive: true, mode: 0o755 })
  if (!sandbox) return context.skip('there is no sandbox')
  const nests = new Nests(
    { sandbox, jobsFolder },
    { log: silentLogger, idleMs: 60_000, filesFolder: join(folder, 'runtime-files') },
  )
  if (!nests.arePossible) return context.skip('this host can make no boxes within a box')
  const launch: Launch = {
    strategy,
    argv: strategy === 'spawn' ? ['/bin/bash', 'main.sh'] : ['/bin/bash', '-c', 'read -r line <&3; eval "$line"'],
    env,
    encodeInput: ({ env: { LINE = '' } }) => Buffer.from(`${LINE}\n`),
  }
  const plan = await nests.planOf({ launch, mounts: [], limits, network: 'none' })
  if (!plan) throw new Error('there is no plan')
  const nest = await nests.pool.take(plan)
  context.onTestFinished(() => nest.stop())
  const run = async (
    script: string,
    given: Partial<RunRequest['input']> = {},
    more: Pick<RunRequest, 'onStep'> = {},
  ) => {
    let log = ''
    await writeFile(join(nest.folder, nest.turn, 'main.sh'), script)
    await chmod(join(nest.folder, nest.turn, 'main.sh'), 0o644)
    const request = toRequest(plan, { args: {}, env: {}, ...given }, (text) => (log += text))
    const ended = nest.run(plan.launch, { ...request, ...more })
    return { ended, log: () => log }
  }
  return { nest, run, plan, pool: nests.pool }
}

function toRequest(plan: LaunchPlan, input: RunRequest['input'], onLog: (text: string) => void): RunRequest {
  const runtime = findRuntime('bash')
  if (runtime?.kind !== 'process') throw new Error('there is no shell')
  const prepared: Prepared = { files: {}, build: undefined, launch: plan.launch, withoutFrame: 'last-line-of-stdout' }
  const toolchain: Toolchain & { readonly found: true } = { found: true, version: '', paths: {}, mounts: [] }
  return { runtime, prepared, toolchain, input, limits, network: 'none', onLog }
}

function resultOf({ outcome }: RunEnd): unknown {
  return outcome.kind === 'result' ? JSON.parse(outcome.json) : outcome.error.message
}

test('more stand ready when jobs follow each other closely, and no more than that', async (context) => {
  const { plan, pool } = await openNest(context)
  const once = async () => pool.release(plan, await pool.take(plan))
  await once()
  await expect.poll(() => pool.waiting().length, { timeout: 10_000 }).toBe(2)
  for (let count = 0; count < 10; count += 1) await once()
  await expect.poll(() => pool.waiting().length, { timeout: 10_000 }).toBe(3)
  for (let count = 0; count < 10; count += 1) await once()
  expect(pool.waiting().length).toBe(3)
})

test('a job finds nothing of the one before: files, processes, folders', async (context) => {
  const { run } = await openNest(context)
  const first = await run('touch /tmp/left /dev/shm/left left; sleep 1000 & echo $$')
  await first.ended
  const second = await run('find /tmp /dev/shm /jobs /job | sort; ls /proc | grep -c "^[0-9]"')
  const result = resultOf(await second.ended)
  expect(second.log()).toMatch(/^\/dev\/shm\n\/job\n\/job\/main.sh\n\/jobs\n\/tmp\n/)
  // The init, the script, and the two of the last line.
  expect(Number(result)).toBeLessThanOrEqual(4)
})

test('a job has no rights, and cannot look into the process that watches over it', async (context) => {
  const { run } = await openNest(context)
  const { ended, log } = await run(
    'grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; cat /proc/1/environ /proc/1/mem; ls /proc/1/fd; echo end',
  )
  expect(resultOf(await ended)).toBe('end')
  expect(log()).toMatch(/CapBnd:\s+0+\nNoNewPrivs:\s+1\nSeccomp:\s+2/)
  expect(log().match(/Permission denied/g)).toHaveLength(3)
})

test('the environment of a job that starts late is its own', async (context) => {
  const { run } = await openNest(context)
  const first = await run('echo "$SECRET"', { env: { SECRET: 'a=b\n"c"' } })
  await first.ended
  expect(first.log()).toBe('a=b\n"c"\n')
  expect(resultOf(await (await run('echo "${SECRET-none} $PWD"')).ended)).toBe('none /job')
})

test('a command that waits gets its job, and the next job another one', async (context) => {
  const { run } = await openNest(context, 'prewarm')
  for (const word of ['one', 'two'])
    expect(resultOf(await (await run('', { env: { LINE: `echo ${word} $((++count))` } })).ended)).toBe(`${word} 1`)
})

const STEP =
  'tell() { printf "step %d\\n%s" ${#1} "$1" >&3; }; hear() { read -r size <&3; read -r -N "$size" answer <&3; echo "$answer"; }'

test('a job is answered when its step is kept, and what comes too late disturbs nobody', async (context) => {
  const { run } = await openNest(context, 'prewarm')
  const told: string[] = []
  const onStep = (json: string) => Promise.resolve(`{"isKept":true,"of":"${told.push(json)}"}`)
  const LINE = `${STEP}; tell 1; hear; tell 2; hear`
  const { ended, log } = await run('', { env: { LINE } }, { onStep })
  expect(resultOf(await ended)).toBe('{"isKept":true,"of":"2"}')
  expect([told, log()]).toEqual([['1', '2'], '{"isKept":true,"of":"1"}\n{"isKept":true,"of":"2"}\n'])

  const answer = Promise.withResolvers<string>()
  const gone = await run('', { env: { LINE: `${STEP}; tell 3` } }, { onStep: () => answer.promise })
  await gone.ended
  answer.resolve('late')
  const unasked = await run('', { env: { LINE: `${STEP}; tell 4; hear` } })
  expect(resultOf(await unasked.ended)).toBe('{"isKept":false}')
})

test('a job that says that nothing is left to do is over, with all that it said before', async (context) => {
  const { run } = await openNest(context, 'prewarm')
  const rest = 'sleep 1000 & sleep 1000; echo after'
  const told = async (LINE: string) => {
    const { ended, log } = await run('', { env: { LINE } })
    return [resultOf(await ended), log()]
  }
  const whole = `echo before; printf 'result 2\\n42over 0\\n' >&3; ${rest}`
  expect(await told(whole)).toEqual([42, 'before\n'])
  const pieces = ['resu', 'lt 2\\n4', '2ov', 'er 0\\n'].map((piece) => `printf '${piece}' >&3; sleep 0.01`).join('; ')
  expect(await told(`echo before; ${pieces}; ${rest}`)).toEqual([42, 'before\n'])
  // What a result holds is no frame.
  expect(await told(`printf 'text 7\\nover 0\\n' >&3; sleep 0.05; echo after`)).toEqual(['over 0\n', 'after\n'])
  expect(await told('echo next; ls /proc | grep -c "^[0-9]"; exit 0')).toEqual(['4', 'next\n4\n'])
})

test('the processor time of a job that is over is told, that of its children too', async (context) => {
  const { run } = await openNest(context, 'prewarm')
  const busy = 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'
  const over = `printf 'result 1\\n1over 0\\n' >&3`
  const spent = async (LINE: string) => (await (await run('', { env: { LINE } })).ended).exit?.cpuMs ?? 0
  const usual = await spent(busy)
  expect(usual).toBeGreaterThan(0)
  // It ends by itself, it is ended, it has left something behind.
  expect(await spent(`${busy}; ${over}; read -r _ <&3`)).toBeGreaterThan(usual / 2)
  const withChild = `${busy}; bash -c '${busy}'; ${over}`
  expect(await spent(`${withChild}; read -r _ <&3`)).toBeGreaterThan(usual * 1.3)
  expect(await spent(`${withChild}; sleep 1000`)).toBeGreaterThan(usual * 1.3)
})

test('how a job ended is told: its code, its signal, a kill', async (context) => {
  const { run, nest } = await openNest(context)
  expect(resultOf(await (await run('exit 7')).ended)).toContain('exit code 7')
  expect(resultOf(await (await run('kill -SEGV $$')).ended)).toContain('SIGSEGV')
  const endless = await run('trap "" TERM; while :; do sleep 0.1; done')
  nest.kill('SIGTERM')
  nest.kill('SIGKILL')
  expect(resultOf(await endless.ended)).toContain('SIGKILL')
  expect(resultOf(await (await run('echo next')).ended)).toBe('next')
})

test('a job that needs more memory than it may is told so', async (context) => {
  const { run } = await openNest(context)
  if (!sandbox?.isolation.memory) return context.skip('memory is not bounded on this host')
  const { ended } = await run('text=x; while :; do text=$text$text; done')
  expect((await ended).outcome).toMatchObject({ kind: 'error', error: { name: 'OutOfMemory' } })
})

test('what a job prints comes whole, however much it is', async (context) => {
  const { run } = await openNest(context)
  const { ended, log } = await run('head -c 3000000 /dev/zero | tr "\\0" x; echo; echo end >&2')
  await ended
  expect(log().match(/x/g)).toHaveLength(3_000_000)
  expect(log()).toContain('end\n')
})
