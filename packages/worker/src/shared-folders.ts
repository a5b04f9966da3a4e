import { createHash } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '@millrace/base/ids'
import { invariant } from '@millrace/base/invariant'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import type { JobOptions } from '@millrace/queue'
import type { Sandbox } from '@millrace/sandbox'

const SWEEP_MS = 60_000
const ID_LENGTH = 36
const ID = /^[0-9a-f-]{36}$/

/** Where shared folders are kept. */
export interface SharedFoldersOptions {
  readonly db: Database
  readonly log: Logger
  readonly sandbox: Sandbox
  readonly dataDir: string
}

type Together = NonNullable<JobOptions['together']>

/**
 * Folders that the steps of a flow share (`same_worker`, `squash`), one for each run, in the data folder. Workers of one data folder
 * serve a tag of their own, by which such steps come to where their folder is, also after a restart. A folder goes when the flow is
 * over that it was made for.
 */
export class SharedFolders implements Service {
  readonly name = 'shared folders'
  /** Tag of jobs that are to run here. */
  readonly place: string
  readonly #options: SharedFoldersOptions
  #timer: NodeJS.Timeout | undefined
  #sweeping: Promise<void> = Promise.resolve()

  private constructor(options: SharedFoldersOptions, place: string) {
    this.#options = options
    this.place = place
  }

  static async open(options: SharedFoldersOptions): Promise<SharedFolders> {
    const id = newId()
    const [file, draft] = [join(options.dataDir, 'place'), join(options.dataDir, `place.${id}`)]
    await mkdir(options.dataDir, { recursive: true, mode: 0o755 })
    await writeFile(draft, id)
    // Who comes first names it, among all processes on the data folder.
    await link(draft, file).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    })
    await rm(draft)
    return new SharedFolders(options, `place-${(await readFile(file, 'utf8')).trim()}`)
  }

  async start(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o755 })
    this.#timer = setInterval(() => {
      this.#sweeping = this.sweep().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'folders that flows shared cannot be removed'),
      )
    }, SWEEP_MS)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#sweeping
  }

  /** The folder of jobs that belong together. */
  pathOf({ folder }: Together): string {
    const id = folder.slice(0, ID_LENGTH)
    invariant(ID.test(id), `a shared folder begins with the id of a job, and ${folder} does not`)
    return join(this.#root, `${id}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
  }

  /** Removes the folders of flows that are over; it happens by itself every minute. */
  async sweep(): Promise<void> {
    const names = (await readdir(this.#root)).filter((name) => ID.test(name.slice(0, ID_LENGTH)))
    if (names.length === 0) return
    const ids = [...new Set(names.map((name) => name.slice(0, ID_LENGTH)))]
    const { rows } = await this.#options.db.pool.query<{ id: string }>(
      'select id from job_queue where id = any ($1::uuid[])',
      [ids],
    )
    const alive = new Set(rows.map(({ id }) => id))
    for (const name of names)
      if (!alive.has(name.slice(0, ID_LENGTH))) await this.#options.sandbox.removeFolder(join(this.#root, name))
  }

  get #root(): string {
    return join(this.#options.dataDir, 'shared')
  }
}
