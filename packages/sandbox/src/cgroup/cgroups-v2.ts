import { mkdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
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
const CONTROLLERS = '+memory +pids'

/**
 * The unified hierarchy. A group that hands controllers to its children may hold no processes, so when ours holds only
 * ourselves (a service with delegation, or a container) we step into a child first.
 */
export class CgroupsV2 implements Cgroups {
  readonly version = 2
  readonly boundsCpu: boolean
  readonly #parent: string

  private constructor(parent: string) {
    this.#parent = parent
    // Not every service is given it, and memory and counts matter more.
    tryWrite(join(parent, 'cgroup.subtree_control'), '+cpu')
    this.boundsCpu = canCreate(parent, 'cpu.max')
  }

  /** `root` and `own` are where the hierarchy is mounted and where in it we are. */
  static open(root = ROOT, own = findOwnGroup()): CgroupsV2 | undefined {
    if (own === undefined || readText(join(root, 'cgroup.controllers')) === undefined) return undefined
    const parent = join(root, own)
    if (!enableControllers(parent) || !canCreate(parent, 'memory.max') || !canCreate(parent, 'pids.max'))
      return undefined
    sweepGroups(parent)
    return new CgroupsV2(parent)
  }

  create(limits: Limits): Cgroup {
    const folder = join(this.#parent, nextGroupName())
    mkdirSync(folder)
    writeFileSync(join(folder, 'memory.max'), String(limits.memoryBytesMax))
    writeFileSync(join(folder, 'pids.max'), String(limits.processesMax + BOX_PROCESSES))
    if (limits.cpusMax !== undefined && this.boundsCpu)
      writeFileSync(join(folder, 'cpu.max'), `${Math.round(limits.cpusMax * CPU_PERIOD_US)} ${CPU_PERIOD_US}`)
    tryWrite(join(folder, 'memory.swap.max'), '0')
    tryWrite(join(folder, 'memory.oom.group'), '1')
    const admitFile = join(folder, 'cgroup.procs')

    return {
      joinFiles: [],
      admitFile,
      admit: (pid) => writeFile(admitFile, String(pid)),
      processes: () => readPids(folder),
      outOfMemory: () => (readField(join(folder, 'memory.events'), 'oom_kill') ?? 0) > 0,
      memoryBytes: () => readField(join(folder, 'memory.stat'), 'anon'),
      memoryPeakBytes: () => readNumber(join(folder, 'memory.peak')),
      forgetMemoryPeak: () => false,
      cpuMs: () => microsToMs(readField(join(folder, 'cpu.stat'), 'usage_usec')),
      remove: () => removeGroups([folder]),
    }
  }
}

function findOwnGroup(): string | undefined {
  const line = readText('/proc/self/cgroup')
    ?.split('\n')
    .find((candidate) => candidate.startsWith('0::'))
  return line?.slice(3).replace(/\/millrace-server$/, '')
}

function enableControllers(parent: string): boolean {
  const control = join(parent, 'cgroup.subtree_control')
  try {
    writeFileSync(control, CONTROLLERS)
    return true
  } catch {
    return stepAside(parent, control)
  }
}

function stepAside(parent: string, control: string): boolean {
  const members = readPids(parent)
  if (members.some((pid) => pid !== process.pid)) return false
  try {
    const aside = join(parent, 'millrace-server')
    mkdirSync(aside, { recursive: true })
    writeFileSync(join(aside, 'cgroup.procs'), String(process.pid))
    writeFileSync(control, CONTROLLERS)
    return true
  } catch {
    return false
  }
}

function microsToMs(micros: number | undefined): number | undefined {
  return micros === undefined ? undefined : Math.round(micros / 1e3)
}
