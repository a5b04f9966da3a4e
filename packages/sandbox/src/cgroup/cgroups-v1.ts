import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../spec.ts'
import { BOX_PROCESSES, CPU_PERIOD_US, type Cgroup, type Cgroups } from './cgroup.ts'
import {
  canCreate,
  nextGroupName,
  readField,
  readNumber,
  readPids,
  readText,
  removeGroups,
  sweepGroups,
  tryWrite,
} from './group-folder.ts'

const ROOT = '/sys/fs/cgroup'

/** The older hierarchies: one for memory, one for process counts, one that measures processor time and one that bounds it. */
export class CgroupsV1 implements Cgroups {
  readonly version = 1
  readonly boundsCpu: boolean
  readonly #parents: Parents

  private constructor(parents: Parents) {
    this.#parents = parents
    this.boundsCpu = parents.quota !== undefined
  }

  static open(): CgroupsV1 | undefined {
    const memory = findParent('memory', 'memory.limit_in_bytes')
    const pids = findParent('pids', 'pids.max')
    if (memory === undefined || pids === undefined) return undefined
    for (const parent of new Set([memory, pids])) sweepGroups(parent)
    const cpu = findParent('cpuacct', 'cpuacct.usage')
    const quota = findParent('cpu', 'cpu.cfs_quota_us')
    for (const parent of [cpu, quota]) if (parent !== undefined) sweepGroups(parent)
    return new CgroupsV1({ memory, pids, cpu, quota })
  }

  create(limits: Limits, uid: number | undefined): Cgroup {
    const name = nextGroupName()
    const memory = join(this.#parents.memory, name)
    const pids = join(this.#parents.pids, name)
    const cpu = this.#parents.cpu === undefined ? undefined : join(this.#parents.cpu, name)
    // Joined by those boxes only that have a bound: every hierarchy more costs each start.
    const hasQuota = limits.cpusMax !== undefined && this.#parents.quota !== undefined
    const quota = hasQuota ? join(this.#parents.quota ?? '', name) : undefined
    const folders = [...new Set([memory, pids, cpu, quota].filter((folder) => folder !== undefined))]

    for (const folder of folders) mkdirSync(folder)
    // Joining by one's own `0` into `tasks` is the one way that takes no lock over all processes of the host (5-20 ms).
    const joinFiles = folders.map((folder) => join(folder, 'tasks'))
    if (uid !== undefined) for (const file of joinFiles) chownSync(file, uid, uid)
    writeFileSync(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytesMax))
    tryWrite(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytesMax))
    writeFileSync(join(pids, 'pids.max'), String(limits.processesMax + BOX_PROCESSES))
    if (quota !== undefined) writeQuota(quota, limits.cpusMax ?? 0)

    return {
      joinFiles,
      admitFile: undefined,
      async admit() {},
      processes: () => readPids(pids),
      outOfMemory: () => (readField(join(memory, 'memory.oom_control'), 'oom_kill') ?? 0) > 0,
      memoryBytes: () => readField(join(memory, 'memory.stat'), 'rss'),
      memoryPeakBytes: () => readNumber(join(memory, 'memory.max_usage_in_bytes')),
      forgetMemoryPeak: () => tryWrite(join(memory, 'memory.max_usage_in_bytes'), '0'),
      cpuMs: () => (cpu === undefined ? undefined : nanosToMs(readNumber(join(cpu, 'cpuacct.usage')))),
      remove: () => removeGroups(folders),
    }
  }
}

/** Our groups of each hierarchy, below which boxes get theirs. */
interface Parents {
  readonly memory: string
  readonly pids: string
  readonly cpu: string | undefined
  readonly quota: string | undefined
}

function writeQuota(folder: string, cpus: number): void {
  writeFileSync(join(folder, 'cpu.cfs_period_us'), String(CPU_PERIOD_US))
  writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(Math.round(cpus * CPU_PERIOD_US)))
}

/** Our own group in a hierarchy, or its root when a container hides where we are. */
function findParent(controller: string, file: string): string | undefined {
  const line = readText('/proc/self/cgroup')
    ?.split('\n')
    .find((candidate) => candidate.split(':')[1]?.split(',').includes(controller))
  const own = line?.split(':').slice(2).join(':')
  if (own === undefined) return undefined
  const places = [join(ROOT, controller, own), join(ROOT, controller)]
  return places.find((place) => existsSync(place) && canCreate(place, file))
}

function nanosToMs(nanos: number | undefined): number | undefined {
  return nanos === undefined ? undefined : Math.round(nanos / 1e6)
}
