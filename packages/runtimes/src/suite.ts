import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProcessRuntime, ScriptSource, Toolchain } from './runtime.ts'

/** How a run of the suite ended. */
export type SampleEnd =
  | {
      readonly kind: 'result'
      readonly value: unknown
      readonly log: string
      /** Pieces of the result that came while it ran. */
      readonly stream?: string
    }
  | {
      readonly kind: 'error'
      readonly error: { readonly name: string; readonly message: string; readonly stack?: string }
      readonly log: string
    }

/** A run under way. */
export interface SampleRun {
  readonly ended: Promise<SampleEnd>
  /** Resolves when the log contains `text`; rejects when the run ends without it. */
  logged(text: string): Promise<void>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** What a run is called with besides its source. */
export interface SampleInput {
  readonly args?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Its path, lock, modules and dependency files. */
  readonly script?: Omit<ScriptSource, 'content'>
  /** Environment of its installation, besides what the host says. */
  readonly registryEnv?: Readonly<Record<string, string>>
}

/** What a script's packages were pinned to; an empty lock where it needs none. */
export type SampleLock =
  { readonly ok: true; readonly lock: string | undefined } | { readonly ok: false; readonly message: string }

/** Where the suite runs scripts: a sandbox and the launcher of the worker, or anything that behaves alike. */
export interface RuntimeHost {
  readonly toolchain: Toolchain
  run(source: string, input?: SampleInput): SampleRun
  /** Pins the packages of a script; `env` is what the instance tells package managers besides its own. */
  resolve(source: string, script?: SampleInput['script'], env?: Readonly<Record<string, string>>): Promise<SampleLock>
  /** How many boxes were started, for runs and for steps. */
  readonly boxesStarted: number
  /** How many steps were run, and not found done: pinning, installing, building. */
  readonly stepsRun: number
  close(): Promise<void>
}

/** The same few scripts in every language. `main` returns what the name says; a text is the result unless said otherwise. */
export interface RuntimeSamples {
  readonly starterArgs: Readonly<Record<string, unknown>>
  /** Returns `{"answer": 42, "list": [1, null, "é"]}`. */
  readonly value: string
  /** Takes `value` and returns it. */
  readonly echo: string
  /** What `echo` makes of a value, where it is not the same value. */
  readonly received?: (value: unknown) => unknown
  /** Fails with the message `the cake is a lie`; `line` is where, in a language that can tell. */
  readonly failing: { readonly source: string; readonly line: number | undefined }
  /** Does not parse or compile; `mentions` is part of the message. */
  readonly broken: { readonly source: string; readonly mentions: string }
  /** Takes `name`, which is `nobody` when it is not given, and returns it. */
  readonly greeting: string | undefined
  /** Prints the lines `line 1` to `line 1000`, then returns `done`; absent where the log is not the script's own. */
  readonly chatty: string | undefined
  /** Returns the environment variables `WM_TOKEN` and `WM_WORKSPACE` with a space between. */
  readonly environment: string
  /** Returns a text of 1,048,576 times `é`. */
  readonly large: string
  /** Closes descriptor 3, or does its best, and returns `done`. */
  readonly closing: string
  /** Writes `garbage` to every descriptor from 3 to 600 that it can, and returns `done`. */
  readonly garbling: string
  /** Ends the process with code 0 without a result; absent where that is a normal end. */
  readonly leaving: string | undefined
  /** Ends the process with code 3. */
  readonly exiting: string
  /** Starts `sleep 86399` in a session of its own, with no stream of ours, and returns `done`. */
  readonly parenting: string
  /** Prints `bye` when its process ends, and returns `done`; absent where a language has no such thing. */
  readonly parting?: string
  /** Ignores SIGTERM, prints `ready`, sleeps for hours. */
  readonly stubborn: string
  /** Prints `ready`, then computes for ever. */
  readonly spinning: string
  /** Writes the file `left-behind` to `/tmp`, `/dev/shm` and the working folder where it may, and returns `done`. */
  readonly littering: string
  /** Returns the names of the files in `/tmp`, `/dev/shm` and the working folder, all in one text. */
  readonly looking: string
}

/** Registers the tests that every language passes. `open` finds the toolchain and a way to run. */
export function testRuntime(runtime: ProcessRuntime, samples: RuntimeSamples, open: () => Promise<RuntimeHost>): void {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await open()
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })
  const run = (source: string, input?: SampleInput) => host.run(source, input)

  describe('results', () => {
    testResults(runtime, samples, run)
  })
  describe('failures', () => {
    testFailures(samples, run)
  })
  describe('what a script may try', () => {
    testMischief(samples, run)
  })
  describe('ends', () => {
    testEnds(samples, run)
  })
}

/** The whole result, or what happened to it. */
const HONEST = /^done$|descriptor 3|channel|Bad file descriptor|could not be sent|bad fd/i

type Run = (source: string, input?: SampleInput) => SampleRun

const VALUES: readonly (readonly [string, unknown])[] = [
  ['a text', 'hello'],
  ['an empty text', ''],
  ['a text of many lines and signs', 'ünïcödé 🦄 "double" \'single\' $HOME `x` \\ \n\ttab'],
  ['an integer', 42],
  ['a fraction', -1.5],
  ['true', true],
  ['false', false],
  ['a list', [1, 'two', [3.5, null]]],
  ['an object', { 'a key': { deep: [{ er: 'é' }] } }],
  ['a text of 1 MB', 'é'.repeat(524_288)],
]

function testResults(runtime: ProcessRuntime, samples: RuntimeSamples, run: Run): void {
  test('the starter runs', async () => {
    expect(await run(runtime.info.starter, { args: samples.starterArgs }).ended).toMatchObject({ kind: 'result' })
  })

  test('a value comes back', async () => {
    expect(await resultOf(run(samples.value))).toEqual({ answer: 42, list: [1, null, 'é'] })
  })

  test.each(VALUES)('%s arrives as an argument and comes back', async (_name, value) => {
    expect(await resultOf(run(samples.echo, { args: { value } }))).toEqual(
      samples.received ? samples.received(value) : value,
    )
  })

  test('null arrives as an argument', async () => {
    expect(await resultOf(run(samples.echo, { args: { value: null } }))).toEqual(
      samples.received ? samples.received(null) : null,
    )
  })

  test('an argument that main does not take is dropped', async () => {
    expect(await resultOf(run(samples.echo, { args: { other: 1, value: 'kept' } }))).toEqual('kept')
  })

  test('a default stands in for an argument that is not given', async (context) => {
    if (samples.greeting === undefined) return context.skip('the language has no defaults')
    expect(await resultOf(run(samples.greeting))).toEqual('nobody')
    expect(await resultOf(run(samples.greeting, { args: { name: 'Ada' } }))).toEqual('Ada')
  })

  test('a result of 2 MB survives', async () => {
    expect(await resultOf(run(samples.large))).toEqual('é'.repeat(1_048_576))
  })

  test('the log is whole and in order, and no part of the result', async (context) => {
    if (samples.chatty === undefined) return context.skip('the log is written by the tool that runs the script')
    const end = await run(samples.chatty).ended
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`)
    expect(end).toMatchObject({ kind: 'result', value: 'done' })
    expect(saidBy(end.log).split('\n').slice(0, 1000)).toEqual(lines)
  })

  test('the environment of the job is visible', async () => {
    const env = { WM_TOKEN: 'secret token', WM_WORKSPACE: 'ünï' }
    expect(await resultOf(run(samples.environment, { env }))).toEqual('secret token ünï')
  })
}

function testFailures(samples: RuntimeSamples, run: Run): void {
  test('a failure carries its message', async () => {
    expect((await errorOf(run(samples.failing.source))).message).toContain('the cake is a lie')
  })

  test('a failure names its line', async (context) => {
    const { source, line } = samples.failing
    if (line === undefined) return context.skip('a script of this language fails by its exit code, which has no line')
    const error = await errorOf(run(source))
    expect(`${error.message}\n${error.stack ?? ''}`).toMatch(new RegExp(`(:|line )${line}\\b`))
  })

  test('a failure names no file of ours', async () => {
    const error = await errorOf(run(samples.failing.source))
    expect(`${error.message}\n${error.stack ?? ''}`).not.toContain('/runtime/')
  })

  test('a source that is no program fails with the reason', async () => {
    expect((await errorOf(run(samples.broken.source))).message).toContain(samples.broken.mentions)
  })

  test('an exit before the result is a failure', async (context) => {
    if (samples.leaving === undefined) return context.skip('the language needs no result')
    const error = await errorOf(run(samples.leaving))
    expect(error.message).toMatch(/before main returned/)
  })

  test('an exit code other than 0 is a failure that names it', async () => {
    expect((await errorOf(run(samples.exiting))).message).toMatch(/exit code 3|exited with code 3/)
  })
}

function testMischief(samples: RuntimeSamples, run: Run): void {
  test('a script that closes descriptor 3 harms at most its own result', async () => {
    expect(await honestEnd(run(samples.closing))).toMatch(HONEST)
    expect(await resultOf(run(samples.echo, { args: { value: 'next' } }))).toEqual('next')
  })

  test('a script that writes to other descriptors harms at most its own result', async () => {
    expect(await honestEnd(run(samples.garbling))).toMatch(HONEST)
    expect(await resultOf(run(samples.echo, { args: { value: 'next' } }))).toEqual('next')
  })

  test('a job sees nothing that another left behind', async () => {
    const littered = await run(samples.littering, { env: { WM_TOKEN: 'first', WM_WORKSPACE: 'one' } }).ended
    expect(littered).toMatchObject({ kind: 'result' })
    const looked = await run(samples.looking).ended
    expect(looked).toMatchObject({ kind: 'result' })
    expect(JSON.stringify(looked)).not.toContain('left-behind')
    const env = await run(samples.environment, { env: { WM_WORKSPACE: 'two' } }).ended
    expect(JSON.stringify(env)).not.toContain('first')
  })

  test('children that a script leaves behind are gone when it is over', async () => {
    expect(await resultOf(run(samples.parenting))).toEqual('done')
    expect(commandLines().filter((line) => line.includes('sleep 86399'))).toEqual([])
  })
}

function testEnds(samples: RuntimeSamples, run: Run): void {
  test('what is to happen when a process ends does happen', async (context) => {
    if (samples.parting === undefined) return context.skip('the language has nothing that waits for the end')
    const end = await run(samples.parting).ended
    expect({ ...end, log: saidBy(end.log) }).toMatchObject({ value: 'done', log: 'bye\n' })
  })

  test('a script that ignores SIGTERM ends by SIGKILL', async () => {
    const stubborn = run(samples.stubborn)
    await stubborn.logged('ready')
    stubborn.kill('SIGTERM')
    stubborn.kill('SIGKILL')
    expect((await errorOf(stubborn)).message).toContain('SIGKILL')
  })

  test('an endless loop can be killed, and the next job runs', async () => {
    const spinning = run(samples.spinning)
    await spinning.logged('ready')
    spinning.kill('SIGKILL')
    expect((await errorOf(spinning)).message).toContain('SIGKILL')
    expect(await resultOf(run(samples.echo, { args: { value: 'next' } }))).toEqual('next')
  })

  test('SIGTERM ends a script that does nothing about it', async () => {
    const spinning = run(samples.spinning)
    await spinning.logged('ready')
    spinning.kill('SIGTERM')
    expect((await errorOf(spinning)).name).not.toBe('')
  })
}

/** What the script said: a build that takes long says so before. */
function saidBy(log: string): string {
  return log.replace(/^\[building[^\n]*\n/, '')
}

/** The value; throws what went wrong instead. */
async function resultOf(run: SampleRun): Promise<unknown> {
  const end = await run.ended
  if (end.kind === 'result') return end.value
  throw new Error(`${end.error.name}: ${end.error.message}\n${end.error.stack}\n${end.log}`)
}

/** The error; throws when there is a result instead. */
async function errorOf(
  run: SampleRun,
): Promise<{ readonly name: string; readonly message: string; readonly stack?: string }> {
  const end = await run.ended
  if (end.kind === 'error') return end.error
  throw new Error(`a result came: ${JSON.stringify(end.value)}`)
}

/** The result of a script that may have spoiled it, or what was said about that. */
async function honestEnd(run: SampleRun): Promise<string> {
  const end = await run.ended
  return end.kind === 'result' ? String(end.value) : end.error.message
}

/** Of every process on this host. */
function commandLines(): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')]
    } catch {
      return []
    }
  })
}
