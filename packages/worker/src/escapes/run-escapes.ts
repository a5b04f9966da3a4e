import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import type { FoundToolchain, ProcessRuntime, Runtime } from '@millrace/runtimes'
import type { Sandbox } from '@millrace/sandbox'
import type { Isolation, Limits } from '@millrace/sandbox/spec'
import { Launcher } from '../launch/index.ts'
import type { Attempt } from './attempt.ts'
import { listAttempts } from './attempts.ts'
import { EscapeRange, mark, type EscapeTargets, type HostTargets } from './targets.ts'

const MB = 1_048_576
const LIMITS: Limits = { memoryBytesMax: 1024 * MB, processesMax: 128, fileBytesMax: 64 * MB, openFilesMax: 512 }
const TIMEOUT_MS = 60_000
/** Between the words of an attempt, where tabs would run together in a shell. */
const SEPARATOR = '\x1f'
const ANSWER = new RegExp(
  `^~escape${SEPARATOR}([^${SEPARATOR}]*)${SEPARATOR}(achieved|refused|untried)${SEPARATOR}?(.*)$`,
  'gm',
)

/** The jobs of a language: two of one kind, so that the second finds what the first left, and one with a network. */
const ROUNDS = [
  { round: 1, network: 'none' },
  { round: 2, network: 'none' },
  { round: 3, network: 'host' },
] as const

/** What came of an attempt; `untried` where a tool for it is missing. */
export interface Tried {
  readonly name: string
  readonly tries: string
  readonly needs: keyof Isolation
  readonly verdict: 'achieved' | 'refused' | 'untried'
  /** What the system said. */
  readonly detail: string
}

/** A language whose ways out are tried. */
export interface EscapeSubject {
  readonly sandbox: Sandbox
  readonly runtime: ProcessRuntime & { readonly escapes: URL }
  readonly toolchain: FoundToolchain
  /** A folder that every user can enter. */
  readonly folder: string
  readonly host: HostTargets
}

/** Whether a language brings a driver of attempts. */
export function hasEscapes(runtime: Runtime): runtime is ProcessRuntime & { readonly escapes: URL } {
  return runtime.kind === 'process' && runtime.escapes !== undefined
}

/** Tries every way out of the box from jobs of a language, as they run in production, against things of this host. */
export async function runEscapes(subject: EscapeSubject): Promise<readonly Tried[]> {
  const { sandbox, runtime } = subject
  const folder = await mkdtemp(join(subject.folder, `escapes-${runtime.id}-`))
  await chmod(folder, 0o755)
  await mkdir(join(folder, 'data'), { mode: 0o755 })
  const range = await EscapeRange.open(sandbox, folder, subject.host)
  const launcher = new Launcher({ sandbox, dataDir: join(folder, 'data'), log: silentLogger, slots: 1 })
  try {
    await launcher.start(true)
    const found = new Map<string, Tried>()
    for (const round of ROUNDS) {
      for (const tried of await runRound({ subject, range, launcher }, round)) {
        const before = found.get(tried.name)
        if (!before || rank(tried) > rank(before)) found.set(tried.name, tried)
      }
    }
    return [...found.values()]
  } finally {
    await launcher.stop()
    await range.close()
    await sandbox.removeFolder(range.targets.neighbourFolder)
    await rm(folder, { recursive: true, force: true })
  }
}

interface Round {
  readonly round: number
  readonly network: 'host' | 'none'
}

interface RoundParts {
  readonly subject: EscapeSubject
  readonly range: EscapeRange
  readonly launcher: Launcher
}

async function runRound({ subject, range, launcher }: RoundParts, { round, network }: Round): Promise<Tried[]> {
  const { runtime, toolchain } = subject
  const leftMark = mark()
  const targets: EscapeTargets = {
    ...range.targets,
    program: Object.values(toolchain.paths)[0] ?? '/bin/sh',
    readOnlyMounts: ['/runtime', ...toolchain.mounts.map((mount) => mount.inside)],
    leftMark,
    round,
  }
  const attempts = listAttempts(targets).filter((attempt) => belongs(attempt, { round, network }))
  const content = await readFile(runtime.escapes, 'utf8')
  let log = ''
  const run = launcher.run({
    runtime,
    toolchain,
    prepared: runtime.prepare({ content, path: undefined }, toolchain),
    input: { args: { plan: attempts.map(planLine).join('\n') }, env: {} },
    limits: LIMITS,
    network,
    onLog: (text) => (log += text),
  })
  const timer = setTimeout(() => run.kill('SIGKILL'), TIMEOUT_MS)
  const { outcome } = await run.ended
  clearTimeout(timer)
  if (outcome.kind === 'error')
    throw new Error(
      `the attempts of ${runtime.id} did not run to their end: ${outcome.error.message}\n${log.slice(-2000)}`,
    )
  const damage = await range.damage({ leftMark, network })
  return [
    ...attempts.map((attempt) => judge(attempt, readAnswers(log))),
    ...damage.map((each): Tried => ({ ...each, needs: 'files', verdict: 'achieved', detail: 'seen from outside' })),
  ]
}

/** The first job tries all, the second looks for what the first left, the third does what takes a network. */
function belongs(attempt: Attempt, { round, network }: Round): boolean {
  if ((attempt.network ?? network) !== network) return false
  if (round === 2) return /^(trace|left|any|neighbour)-/.test(attempt.name)
  return round === 1 || attempt.needs === 'metadata' || attempt.by[0] === 'unix'
}

function planLine({ name, by }: Attempt): string {
  return [name, ...by].join(SEPARATOR)
}

function readAnswers(log: string): ReadonlyMap<string, Pick<Tried, 'verdict' | 'detail'>> {
  return new Map(
    [...log.matchAll(ANSWER)].map(([, name = '', verdict, detail = '']) => [
      name,
      { verdict: verdict === 'achieved' || verdict === 'untried' ? verdict : 'refused', detail: detail.slice(0, 200) },
    ]),
  )
}

/** An attempt without an answer did not fail: it was not made. */
function judge(
  { name, tries, needs }: Attempt,
  answers: ReadonlyMap<string, Pick<Tried, 'verdict' | 'detail'>>,
): Tried {
  return { name, tries, needs, ...(answers.get(name) ?? { verdict: 'untried', detail: 'the driver did not answer' }) }
}

function rank({ verdict }: Tried): number {
  return { untried: 0, refused: 1, achieved: 2 }[verdict]
}
