import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { demand, type Proof } from '@millrace/queue/testing/prove'
import { errorName, WorkerServer, type Code, type Timed } from '../worker-server.ts'
import { awaitRoom, measureRoom } from './disk-room.ts'
import { EXHAUSTING, type ExhaustingCode } from './exhausting-code.ts'
import { FLOODS, runFlood } from './flood.ts'
import { besideNeighbours } from './run-neighbours.ts'
import { addTold, roundFigures, type Told } from './told.ts'

/** How much each of the hostile jobs asks for. */
export interface ExhaustPlan {
  readonly rounds: number
  readonly printedBytes: number
  /** In how many ways it is printed: the first of `FLOODS`. */
  readonly floods: number
  readonly files: number
  /** In how many ways a job comes into its box: the first of `EXHAUSTING`. */
  readonly ways: number
  /** Harmless jobs that run all the time. */
  readonly neighbours: number
  /** What the worker may grow by while all of that is printed; its own heap makes the figure of a short run a rough one. */
  readonly growthMbMax: number
}

const DISK_MB = 32
const PROCESSES_MAX = 64
const LOG_LENGTH_MAX = 1_000_000
const TIMEOUT_MS = 1000
const GRACE_MS = 1000
/** A job is gone so soon after its limit. */
const LATE_MS_MAX = 2000
const DISK_TIMEOUT_MS = 20_000
/** A job that strangers kept from running for half its time tells nothing, and is run again. */
const STARVED_SHARE_MAX = 0.5
const TRIES_MAX = 3
const LANGUAGE = 'bash'

/** What a part of the scenario does and came to. */
interface Part {
  readonly name: string
  run(server: WorkerServer): Promise<Told>
}

/**
 * R10: a fork bomb, floods of output, a full disk, very many files and a loop without end, one after another on one worker. What
 * does not end by itself is gone within 2 s of its limit with all its processes, the time not counted for which strangers on this
 * host kept the worker from running; the log is cut at its bound while the worker grows by at most 50 MB; every byte of disk comes
 * back; the worker goes on; and no job beside all of that fails.
 */
export async function exhaustHost(plan: ExhaustPlan): Promise<Proof> {
  const server = await WorkerServer.start({
    JOB_DISK_MB: String(DISK_MB),
    JOB_PROCESSES_MAX: String(PROCESSES_MAX),
    JOB_LOG_LENGTH_MAX: String(LOG_LENGTH_MAX),
    WORKER_KILL_GRACE_MS: String(GRACE_MS),
    WORKER_SLOTS: String(plan.neighbours + 1),
  })
  const crowded = crowd(plan)
  let told: Told = { figures: { rounds: plan.rounds }, faults: [] }
  let beside = 0
  const exhaust = async (parts: readonly Part[]) => {
    for (const part of parts) {
      told = addTold(told, await part.run(server))
      const next = await server.run({ language: LANGUAGE, content: 'echo fine' })
      const faults = demand(next.result === 'fine', `after ${part.name} a job came to ${JSON.stringify(next)}`)
      told = addTold(told, { figures: {}, faults })
    }
  }
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      await exhaust(floods(plan))
      const { count, faults: harms } = await besideNeighbours(server, plan.neighbours, () => exhaust(crowded))
      beside += count
      const few = demand(count >= crowded.length, `only ${count} jobs ran beside`)
      told = addTold(told, { figures: {}, faults: [...harms, ...few] })
    }
    return { figures: { ...roundFigures(told), neighbours: beside }, faults: told.faults }
  } finally {
    await server.close()
  }
}

/** What runs alone. */
function floods({ floods: count, printedBytes, growthMbMax }: ExhaustPlan): readonly Part[] {
  const plan = { printedBytes, growthMbMax, logLengthMax: LOG_LENGTH_MAX }
  return FLOODS.slice(0, count).map((flood) => ({
    name: `a flood of ${flood.name}`,
    run: (server) => runFlood(flood, server, plan),
  }))
}

/** What runs beside neighbours. */
function crowd({ ways, files }: ExhaustPlan): readonly Part[] {
  return [
    ...EXHAUSTING.slice(0, ways).flatMap((code): Part[] => [
      { name: `a fork bomb in ${code.language}`, run: (server) => bombForks(code, server) },
      { name: `a full disk in ${code.language}`, run: (server) => fillDisk(code, server) },
    ]),
    { name: 'very many files', run: (server) => litter(server, files) },
    { name: 'a loop', run: loop },
  ]
}

/** Forks until it may not, and goes on trying. */
async function bombForks({ language, forks, mayAbort = false }: ExhaustingCode, server: WorkerServer): Promise<Told> {
  const mark = `${86_400 + randomInt(1_000_000)}.5`
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, countSleepers(mark))), 50)
  const ended = await runFairly(server, { language, content: forks(mark), timeoutMs: TIMEOUT_MS }).finally(() => {
    clearInterval(watch)
  })
  const left = countSleepers(mark)
  const what = `the fork bomb in ${language}`
  const { figures, faults } = inTime(what, ended, mayAbort)
  return {
    figures: { ...figures, [`${what} had processes`]: most },
    faults: [
      ...faults,
      ...demand(most > 1 && most <= PROCESSES_MAX, `${what} had ${most} processes of ${PROCESSES_MAX}`),
      ...demand(left === 0, `${left} processes outlived ${what}`),
    ],
  }
}

/** Writes files until it may not. */
async function fillDisk({ language, fillsDisk }: ExhaustingCode, server: WorkerServer): Promise<Told> {
  const before = await measureRoom(server.folder)
  const ended = await runFairly(server, { language, content: fillsDisk, timeoutMs: DISK_TIMEOUT_MS })
  const what = `the full disk in ${language}`
  const { backMs, faults } = await awaitRoom(what, server.folder, before)
  return {
    figures: { [`${what} told after ms`]: ended.durationMs, [`${what} back after ms`]: backMs },
    faults: [...demand(errorName(ended) === 'OutOfDisk', `${what} came to ${JSON.stringify(ended)}`), ...faults],
  }
}

/** Leaves very many files behind. */
async function litter(server: WorkerServer, files: number): Promise<Told> {
  const before = await measureRoom(server.folder)
  const content = `mkdir -p a/b; for ((n = 0; n < ${files}; n++)); do : >a/b/$n; done; ls a/b | wc -l`
  const ended = await server.run({ language: LANGUAGE, content })
  const { backMs, faults } = await awaitRoom(`${files} files`, server.folder, before)
  return {
    figures: { files, 'files back after ms': backMs },
    faults: [...demand(Number(ended.result) === files, `${files} files came to ${JSON.stringify(ended)}`), ...faults],
  }
}

/** Computes for ever and does not want to stop. */
async function loop(server: WorkerServer): Promise<Told> {
  const content = `trap '' TERM; while :; do :; done`
  return inTime('the loop', await runFairly(server, { language: LANGUAGE, content, timeoutMs: TIMEOUT_MS }))
}

/** Runs a job again where strangers had the processors instead of it. */
async function runFairly(server: WorkerServer, code: Code): Promise<Timed> {
  for (let tried = 1; ; tried += 1) {
    const ended = await server.runTimed(code)
    if (tried === TRIES_MAX || ended.starvedMs <= TIMEOUT_MS * STARVED_SHARE_MAX) return ended
  }
}

function inTime(what: string, ended: Timed, mayAbort = false): Told {
  const { durationMs, starvedMs } = ended
  const isHonest = errorName(ended) === 'TimeoutError' || (mayAbort && errorName(ended) === 'ExecutionErr')
  const lateMs = durationMs - starvedMs - TIMEOUT_MS
  const when = `${Math.round(durationMs)} ms, ${Math.round(starvedMs)} ms of them behind strangers`
  return {
    figures: { [`${what} gone after ms`]: durationMs, 'ms behind strangers': starvedMs },
    faults: [
      ...demand(isHonest, `${what} came to ${JSON.stringify(ended)}`),
      ...demand(lateMs <= LATE_MS_MAX, `${what} was gone after ${when}, with a limit of ${TIMEOUT_MS} ms`),
    ],
  }
}

/** Processes of this host that sleep for this mark. */
function countSleepers(mark: string): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid) === `sleep\0${mark}\0`).length
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
