import { readdir, readFile } from 'node:fs/promises'

/** Runs that ended and are still looked for, the last ones. */
const ENDED_MAX = 10_000
const MARK = 'WM_JOB_ID='

/**
 * Finds processes of runs that have ended, whoever their parent is by now: every process of a job has the job's id in its
 * environment. It asks the kernel rather than the sandbox, whose word is what it is to check. A process that was started with
 * an emptied environment is not seen; where jobs have a namespace of processes, the kernel ends those with the job.
 */
export class Orphans {
  readonly #ended = new Set<string>()

  /** The job runs here, perhaps again. */
  begin(jobId: string): void {
    this.#ended.delete(jobId)
  }

  /** The run is over: from now on no process of the job may live. */
  end(jobId: string): void {
    this.#ended.add(jobId)
    if (this.#ended.size <= ENDED_MAX) return
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest)
      return
    }
  }

  /** How many there are now; undefined where processes do not show their environment. */
  async count(): Promise<number | undefined> {
    if (process.platform !== 'linux') return undefined
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    const jobs = await Promise.all(pids.map((pid) => readJobId(pid)))
    return jobs.filter((id) => id !== undefined && this.#ended.has(id)).length
  }
}

/** The job that a process belongs to; a process of others, or one that is gone, belongs to none. */
async function readJobId(pid: string): Promise<string | undefined> {
  let environment: string
  try {
    environment = await readFile(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return undefined
  }
  const variable = environment.split('\0').find((each) => each.startsWith(MARK))
  return variable?.slice(MARK.length)
}
