import { randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { demand, sayMs, type Proof } from '@millrace/queue/testing/prove'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { errorName, WorkerServer, type Finished } from '../worker-server.ts'
import { EXHAUSTING, type ExhaustingCode } from './exhausting-code.ts'
import { besideNeighbours } from './run-neighbours.ts'

/** How much each of the hostile jobs asks for. */
export interface ExhaustPlan {
  readonly rounds: number
  readonly printedBytes: number
  readonly files: number
  /** In how many ways a job comes into its box: the first of `EXHAUSTING`. */
  readonly ways: number
  /** Harmless jobs that run all the time. */
  readonly neighbours: number
  /** What the worker may grow by while all of that is printed; its own heap makes the figure of a short run a rough one. */
  readonly growthMbMax: number
}

const MB = 1_048_576
const DISK_MB = 32
const PROCESSES_MAX = 64
const LOG_LENGTH_MAX = 1_000_000
const TIMEOUT_MS = 1000
const GRACE_MS = 1000
/** A job is gone so soon after its limit. */
const LATE_MS_MAX = 2000
const CLEARED_MS_MAX = 5000
const LANGUAGE = 'bash'

/** What a part of the scenario does and came to. */
interface Part {
  readonly name: string
  run(server: WorkerServer, plan: ExhaustPlan): Promise<Proof>
}

/**
 * R10: a fork bomb, a flood of output, a full disk, very many files and a loop without end, one after another on one worker. What
 * does not end by itself is gone within 2 s of its limit with all its processes; the log is cut at its bound while the worker
 * grows by at most 50 MB; every byte of disk comes back; the worker goes on; and no job beside all of that fails.
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
  const figures: Record<string, number | string> = { rounds: plan.rounds }
  const faults: string[] = []
  const exhaust = async (parts: readonly Part[]) => {
    for (const part of parts) {
      const proof = await part.run(server, plan)
      Object.assign(figures, proof.figures)
      faults.push(...proof.faults)
      const next = await server.run({ language: LANGUAGE, content: 'echo fine' })
      faults.push(...demand(next.result === 'fine', `after ${part.name} a job came to ${JSON.stringify(next)}`))
    }
  }
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      // Alone: what the worker grows by is to come from it.
      await exhaust([{ name: 'a flood', run: flood }])
      const { count, faults: harms } = await besideNeighbours(server, plan.neighbours, () => exhaust(crowded))
      figures['neighbours'] = Number(figures['neighbours'] ?? 0) + count
      faults.push(...harms, ...demand(count >= crowded.length, `only ${count} jobs ran beside`))
    }
    return { figures, faults }
  } finally {
    await server.close()
  }
}

/** Forks until it may not, and goes on trying. */
async function bombForks({ language, forks, mayAbort = false }: ExhaustingCode, server: WorkerServer): Promise<Proof> {
  const mark = `${86_400 + randomInt(1_000_000)}.5`
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, countSleepers(mark))), 50)
  const ended = await server.run({ language, content: forks(mark), timeoutMs: TIMEOUT_MS }).finally(() => {
    clearInterval(watch)
  })
  const left = countSleepers(mark)
  const what = `the fork bomb in ${language}`
  return {
    figures: { [`forks, ${language}`]: most, [`fork bomb gone after, ${language}`]: sayMs(ended.durationMs) },
    faults: [
      ...inTime(what, ended, mayAbort),
      ...demand(most > 1 && most <= PROCESSES_MAX, `${what} had ${most} processes of ${PROCESSES_MAX}`),
      ...demand(left === 0, `${left} processes outlived ${what}`),
    ],
  }
}

/** Prints far more than is kept. */
async function flood(server: WorkerServer, { printedBytes, growthMbMax }: ExhaustPlan): Promise<Proof> {
  let ended: Finished | undefined
  const peakOf = (bytes: number) =>
    server.memoryPeakDuring(async () => {
      const content = `yes 'a line that nobody will ever read to its end' | head -c ${bytes}; echo; echo done`
      ended = await server.run({ language: LANGUAGE, content })
    })
  // What a full log takes by itself is no growth: that is what comes on top for all that is not kept.
  const usual = await peakOf(2 * LOG_LENGTH_MAX)
  const growth = Math.max(0, (await peakOf(printedBytes)) - usual)
  const { result, logLength = 0 } = ended ?? {}
  return {
    figures: {
      'printed MB': Math.round(printedBytes / MB),
      'log kept': logLength,
      'worker grew by MB': Math.round(growth / MB),
    },
    faults: [
      ...demand(result === 'done', `the flood came to ${JSON.stringify(ended)}`),
      ...demand(
        logLength >= LOG_LENGTH_MAX && logLength <= LOG_LENGTH_MAX + 200,
        `of the log ${logLength} characters are kept, with a bound of ${LOG_LENGTH_MAX}`,
      ),
      ...demand(growth <= growthMbMax * MB, `the worker grew by ${Math.round(growth / MB)} MB`),
    ],
  }
}

/** Writes files until it may not. */
async function fillDisk({ language, fillsDisk }: ExhaustingCode, server: WorkerServer): Promise<Proof> {
  const before = await measure(server.folder)
  const ended = await server.run({ language, content: fillsDisk, timeoutMs: 20_000 })
  const what = `the full disk in ${language}`
  return {
    figures: { [`disk full after, ${language}`]: sayMs(ended.durationMs) },
    faults: [
      ...demand(errorName(ended) === 'OutOfDisk', `${what} came to ${JSON.stringify(ended)}`),
      ...(await returned(what, server.folder, before)),
    ],
  }
}

/** Leaves very many files behind. */
async function litter(server: WorkerServer, { files }: ExhaustPlan): Promise<Proof> {
  const before = await measure(server.folder)
  const content = `mkdir -p a/b; for ((n = 0; n < ${files}; n++)); do : >a/b/$n; done; ls a/b | wc -l`
  const ended = await server.run({ language: LANGUAGE, content })
  return {
    figures: { files, 'files after': sayMs(ended.durationMs) },
    faults: [
      ...demand(Number(ended.result) === files, `${files} files came to ${JSON.stringify(ended)}`),
      ...(await returned(`${files} files`, server.folder, before)),
    ],
  }
}

/** Computes for ever and does not want to stop. */
async function loop(server: WorkerServer): Promise<Proof> {
  const content = `trap '' TERM; while :; do :; done`
  const ended = await server.run({ language: LANGUAGE, content, timeoutMs: TIMEOUT_MS })
  return { figures: { 'loop gone after': sayMs(ended.durationMs) }, faults: inTime('the loop', ended) }
}

/** What runs beside neighbours. */
function crowd({ ways }: ExhaustPlan): readonly Part[] {
  return [
    ...EXHAUSTING.slice(0, ways).flatMap((code): Part[] => [
      { name: `a fork bomb in ${code.language}`, run: (server) => bombForks(code, server) },
      { name: `a full disk in ${code.language}`, run: (server) => fillDisk(code, server) },
    ]),
    { name: 'very many files', run: litter },
    { name: 'a loop', run: loop },
  ]
}

function inTime(what: string, ended: Finished, mayAbort = false): readonly string[] {
  const isHonest = errorName(ended) === 'TimeoutError' || (mayAbort && errorName(ended) === 'ExecutionErr')
  return [
    ...demand(isHonest, `${what} came to ${JSON.stringify(ended)}`),
    ...demand(ended.durationMs <= TIMEOUT_MS + LATE_MS_MAX, `${what} was gone after ${sayMs(ended.durationMs)}`),
  ]
}

interface Room {
  readonly bytes: number
  readonly files: number
}

/** What the small files of neighbours that begin and end meanwhile may take. */
const BESIDE: Room = { bytes: 65_536, files: 20 }

/** A fault unless as much is free again as before, soon after a job. */
async function returned(what: string, folder: string, before: Room): Promise<readonly string[]> {
  let after = before
  const isSo = () => after.bytes <= before.bytes + BESIDE.bytes && after.files <= before.files + BESIDE.files
  const isBack = async () => {
    after = await measure(folder)
    return isSo()
  }
  await waitUntil('the disk is as it was', CLEARED_MS_MAX, isBack).catch(() => undefined)
  return demand(isSo(), `${what} left ${after.bytes - before.bytes} bytes in ${after.files - before.files} files`)
}

/** What the files of jobs take; a file that goes meanwhile takes nothing. */
async function measure(folder: string): Promise<Room> {
  const names = await readdir(join(folder, 'jobs'), { recursive: true }).catch(() => [])
  const stats = await Promise.all(names.map((name) => lstat(join(folder, 'jobs', name)).catch(() => undefined)))
  const files = stats.filter((stat) => stat?.isFile() === true)
  return { bytes: files.reduce((sum, stat) => sum + (stat?.size ?? 0), 0), files: files.length }
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
