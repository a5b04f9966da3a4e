import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volume } from '@millrace/runtimes'
import { measureContents, type Sandbox, type SandboxProcess } from '@millrace/sandbox'
import type { Mount } from '@millrace/sandbox/spec'
import { lockFile, type Unlock } from './file-lock.ts'
import { writeJobFiles } from './job-files.ts'
import { takesProgram, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from './launch-context.ts'
import { failed } from './outcome.ts'
import { openSharedFolder } from './shared-folder.ts'
import { runSpawned } from './spawn.ts'

/** A job that waits longer for a volume says so in its log. */
const ANNOUNCE_MS = 1000
/** What a job may add where there is no room, so that a script that clears up can run. */
const LEEWAY_BYTES = 2 ** 20

type VolumeSize = Pick<VolumeUse, 'bytes' | 'files'>

const EMPTY: VolumeSize = { bytes: 0, files: 0 }

/** Where volumes are kept, and what those of one workspace may hold together. */
export interface VolumesOptions {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly bytesMax: number
  readonly ledger?: VolumeLedger | undefined
}

/** A volume and whose it is. */
export interface OwnedVolume {
  readonly workspace: string
  readonly name: string
}

/** For which job a volume is, and what is in it. */
export interface VolumeUse {
  readonly by: VolumeUser
  readonly bytes: number
  readonly files: number
}

/** A job that volumes are told apart by, and who asked for it. */
export interface VolumeUser {
  readonly jobId: string
  readonly username: string
}

/** What is known of volumes beyond their files. It is asked and told while the volume is locked for one job. */
export interface VolumeLedger {
  /** Whether somebody removed the volume: its files go before anybody sees them again. */
  isRemoved(volume: OwnedVolume): Promise<boolean>
  began(volume: OwnedVolume, use: VolumeUse): Promise<void>
  ended(volume: OwnedVolume, use: VolumeUse): Promise<void>
}

/** Who asks for volumes, and how long it waits. */
export interface VolumeRequest {
  readonly workspace: string
  readonly volumes: readonly Volume[]
  /** Without it nothing is noted. */
  readonly user?: VolumeUser | undefined
  readonly signal?: AbortSignal | undefined
  onLog(text: string): void
}

/** Volumes that one job has for itself until it closes them. */
export interface OpenVolumes {
  readonly mounts: readonly Mount[]
  close(): Promise<void>
}

/**
 * Folders that stay between runs, in `<folder>/<workspace>/<name>`: two workspaces never have one in common. One job at a time has a
 * volume, among all processes on the folder; others wait, in the order of the names, so that no two wait for each other.
 */
export class Volumes {
  readonly #options: VolumesOptions

  constructor(options: VolumesOptions) {
    this.#options = options
  }

  /** Waits until nobody else has the volumes; undefined when the signal aborts first. */
  async open(request: VolumeRequest): Promise<OpenVolumes | undefined> {
    const owner = hashOf(request.workspace)
    const folder = join(this.#options.folder, owner)
    await mkdir(folder, { recursive: true, mode: 0o755 })
    const unlocks: Unlock[] = []
    const unlockAll = async () => {
      for (const unlock of unlocks.splice(0).toReversed()) await unlock()
    }
    try {
      for (const { name } of request.volumes.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const unlock = await this.#lock({ owner, name }, request)
        if (!unlock) {
          await unlockAll()
          return undefined
        }
        unlocks.push(unlock)
      }
      const mounts = await this.#mount(folder, request)
      const close = async () => {
        try {
          await this.#noteEnd(folder, request)
        } finally {
          await unlockAll()
        }
      }
      return { mounts, close }
    } catch (error) {
      await unlockAll()
      throw error
    }
  }

  /** Removes the files of a volume as soon as no job has it, if it is still to be removed then; `done` is told before one may. */
  async remove(volume: OwnedVolume, done: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    const owner = hashOf(volume.workspace)
    const unlock = await this.#lock({ owner, name: volume.name }, { signal, onLog: () => undefined })
    if (!unlock) return
    try {
      if (!(await this.#options.ledger?.isRemoved(volume))) return
      await this.#options.sandbox.removeFolder(join(this.#options.folder, owner, volume.name))
      await done()
    } finally {
      await unlock()
    }
  }

  async #lock(
    { owner, name }: { readonly owner: string; readonly name: string },
    { signal, onLog }: Pick<VolumeRequest, 'signal' | 'onLog'>,
  ): Promise<Unlock | undefined> {
    const folder = join(this.#options.folder, 'locks')
    await mkdir(folder, { recursive: true, mode: 0o755 })
    const announce = setTimeout(() => onLog(`[waiting for the volume ${name}, which another job has]\n`), ANNOUNCE_MS)
    try {
      return await lockFile(join(folder, `${owner}-${hashOf(name)}`), signal)
    } finally {
      clearTimeout(announce)
    }
  }

  async #mount(folder: string, { workspace, volumes, user }: VolumeRequest): Promise<readonly Mount[]> {
    const { sandbox, bytesMax, ledger } = this.#options
    for (const { name } of volumes) {
      if (await ledger?.isRemoved({ workspace, name })) await sandbox.removeFolder(join(folder, name))
      await sandbox.makeFolder(join(folder, name))
    }
    const sizes = new Map<string, VolumeSize>()
    for (const name of await readdir(folder)) sizes.set(name, await measureContents([join(folder, name)], bytesMax))
    const total = [...sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    if (user)
      for (const { name } of volumes)
        await ledger?.began({ workspace, name }, { ...(sizes.get(name) ?? EMPTY), by: user })
    return volumes.map(({ name, inside }) => {
      const own = sizes.get(name)?.bytes ?? 0
      const room = Math.max(bytesMax - (total - own), own + LEEWAY_BYTES)
      return { host: join(folder, name), inside, writable: true, bytesMax: room }
    })
  }

  async #noteEnd(folder: string, { workspace, volumes, user }: VolumeRequest): Promise<void> {
    const { bytesMax, ledger } = this.#options
    if (!ledger || !user) return
    for (const { name } of volumes) {
      const size = await measureContents([join(folder, name)], bytesMax)
      await ledger.ended({ workspace, name }, { ...size, by: user })
    }
  }
}

/** A job with volumes; `onBox` is told of its box as soon as there is one, `onOver` of a folder that nobody needs any more. */
export interface JobWithVolumes {
  readonly plan: LaunchPlan
  readonly request: RunRequest
  /** What its build made. */
  readonly program: string | undefined
  onBox(box: SandboxProcess): void
  onOver(folder: string): void
}

/** Runs a job in a box that is started for it alone, while it has its volumes, and with the folder that it shares. */
export async function runWithVolumes(context: LaunchContext, all: Volumes, job: JobWithVolumes): Promise<RunEnd> {
  const { volumes = [], workspace = '', user, signal, onLog, sharedFolder } = job.request
  if (volumes.length > 0 && !context.sandbox.isolation.files) {
    const message = 'the script asks for volumes, and this worker runs scripts without a sandbox that could show them'
    return { outcome: failed('VolumeError', message), exit: undefined }
  }
  const opened = await all.open({ workspace, volumes, user, signal, onLog })
  if (!opened)
    return { outcome: failed('Canceled', 'the job was ended while it waited for its volumes'), exit: undefined }

  const shared = await openSharedFolder(context.sandbox, sharedFolder)
  // Made after the volumes: a box runs as the owner of what was made first.
  const folder = join(context.jobsFolder, randomUUID())
  await context.sandbox.makeFolder(folder)
  try {
    writeJobFiles(folder, job.request.prepared.files)
    if (job.program !== undefined && takesProgram(job.plan.launch)) await link(job.program, join(folder, 'program'))
    await shared.linkFrom(folder)
    const plan = { ...job.plan, mounts: [...job.plan.mounts, ...opened.mounts, ...shared.mounts] }
    return await runSpawned(context, { plan, request: job.request, folder, onBox: (box) => job.onBox(box) })
  } finally {
    await opened.close()
    job.onOver(folder)
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
