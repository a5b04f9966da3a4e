import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../spec.ts'
import { BOX_PROCESSES, type Cgroup, type Cgroups } from './cgroup.ts'
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

/** The older hierarchies: one for memory, one for process counts, one for processor time. */
export class CgroupsV1 implements Cgroups {
  readonly version = 1
  readonly #parents: { readonly memory: string; readonly pids: string; readonly cpu: string | undefined }

  private constructor(memory: string, pids: string, cpu: string | undefined) {
    this.#parents = { memory, pids, cpu }
  }

  static open(): CgroupsV1 | undefined {
    const memory = findParent('memory', 'memory.limit_in_bytes')
    const pids = findParent('pids', 'pids.max')
    if (memory === undefined || pids === undefined) return undefined
    for (const parent of new Set([memory, pids])) sweepGroups(parent)
    const cpu = findParent('cpuacct', 'cpuacct.usage')
    if (cpu !== undefined) sweepGroups(cpu)
    return new CgroupsV1(memory, pids, cpu)
  }

  create(limits: Limits, uid: number | undefined): Cgroup {
    const name = nextGroupName()
    const memory = join(this.#parents.memory, name)
    const pids = join(this.#parents.pids, name)
    const cpu = this.#parents.cpu === undefined ? undefined : join(this.#parents.cpu, name)
    const folders = [...new Set([memory, pids, cpu].filter((folder) => folder !== undefined))]

    for (const folder of folders) mkdirSync(folder)
    // Joining by one's own `0` into `tasks` is the one way that takes no lock over all processes of the host (5-20 ms).
    const joinFiles = folders.map((folder) => join(folder, 'tasks'))
    if (uid !== undefined) for (const file of joinFiles) chownSync(file, uid, uid)
    writeFileSync(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytesMax))
    tryWrite(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytesMax))
    writeFileSync(join(pids, 'pids.max'), String(limits.processesMax + BOX_PROCESSES))

    return {
      joinFiles,
      async admit() {},
      processes: () => readPids(pids),
      outOfMemory: () => (readField(join(memory, 'memory.oom_control'), 'oom_kill') ?? 0) > 0,
      memoryPeakBytes: () => readNumber(join(memory, 'memory.max_usage_in_bytes')),
      cpuMs: () => (cpu === undefined ? undefined : nanosToMs(readNumber(join(cpu, 'cpuacct.usage')))),
      remove: () => removeGroups(folders),
    }
  }
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
