import type { Logger } from '@millrace/base/logger'
import type { Service } from '@millrace/base/lifecycle'
import type { Database } from '@millrace/db'
import { forgetVolume, isVolumeRemoved, listRemovedVolumes, noteVolumeUse } from '@millrace/db/tables/volume'
import type { Launcher, OwnedVolume, VolumeLedger, VolumeUse } from './launch/index.ts'

const SWEEP_MS = 60_000

/** Of which data folder the volumes are. */
export interface VolumeRecordsOptions {
  readonly db: Database
  readonly log: Logger
  /** Stands for the data folder, among all that there are. */
  readonly place: string
}

/**
 * What the database knows of the volumes of a data folder: it is told what they hold, and says which ones somebody removed. Those are
 * empty for the next job that asks for them, and their files go within a minute in any case.
 */
export class VolumeRecords implements VolumeLedger {
  readonly #options: VolumeRecordsOptions
  readonly #removing = new Map<string, Promise<void>>()

  constructor(options: VolumeRecordsOptions) {
    this.#options = options
  }

  async isRemoved(volume: OwnedVolume): Promise<boolean> {
    const { db, place } = this.#options
    return await isVolumeRemoved(db.kysely, { ...volume, place })
  }

  async began(volume: OwnedVolume, use: VolumeUse): Promise<void> {
    await this.#note(volume, use, 'begin')
  }

  /** The job has ended, whether or not its figures can be written. */
  async ended(volume: OwnedVolume, use: VolumeUse): Promise<void> {
    await this.#note(volume, use, 'end').catch((error: unknown) =>
      this.#options.log.warn({ err: error, volume: volume.name }, 'what a volume holds cannot be noted'),
    )
  }

  /** Removes files of volumes that somebody removed, as soon as no job has them. */
  async sweep(volumes: Launcher['volumes'], signal?: AbortSignal): Promise<void> {
    const { db, place } = this.#options
    const removed = await listRemovedVolumes(db.kysely, place)
    for (const volume of removed) {
      const key = `${volume.workspace}/${volume.name}`
      if (this.#removing.has(key)) continue
      const work = volumes.remove(volume, () => forgetVolume(db.kysely, volume), signal)
      this.#removing.set(
        key,
        work.finally(() => this.#removing.delete(key)),
      )
    }
    await Promise.all(this.#removing.values())
  }

  /** Sweeps every minute while it runs. */
  sweeper(launcher: Launcher): Service {
    const ended = new AbortController()
    const sweeps = new Set<Promise<void>>()
    const sweep = () => {
      const work = this.sweep(launcher.volumes, ended.signal).catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'volumes cannot be removed'),
      )
      sweeps.add(work)
      void work.finally(() => sweeps.delete(work))
    }
    let timer: NodeJS.Timeout | undefined
    return {
      name: 'volumes',
      start() {
        timer = setInterval(sweep, SWEEP_MS).unref()
        sweep()
        return Promise.resolve()
      },
      async stop() {
        clearInterval(timer)
        ended.abort()
        await Promise.all(sweeps)
      },
    }
  }

  async #note(volume: OwnedVolume, { by, bytes, files }: VolumeUse, at: 'begin' | 'end'): Promise<void> {
    const { db, place } = this.#options
    await noteVolumeUse(db.kysely, { ...volume, ...by, place, bytes, files }, at)
  }
}
