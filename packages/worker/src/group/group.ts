import { configOfGroup, WorkerGroup } from '@millrace/contracts'
import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { findConfig } from '@millrace/db/tables/config'
import { decideTerms, type GroupTerms, type HostTerms, type OwnTerms } from './decide-terms.ts'

/** Which group, and what is weighed against what it says. */
export interface GroupOptions {
  readonly db: Database
  readonly log: Logger
  readonly name: string
  readonly own: OwnTerms
  readonly host: HostTerms
}

/** The worker group of this process, as the database had it when it was last loaded. */
export class Group {
  readonly #options: GroupOptions
  #terms: GroupTerms

  private constructor(options: GroupOptions) {
    this.#options = options
    this.#terms = decideTerms({}, options.own, options.host)
  }

  static async open(options: GroupOptions): Promise<Group> {
    const group = new Group(options)
    await group.load()
    return group
  }

  get name(): string {
    return this.#options.name
  }

  get terms(): GroupTerms {
    return this.#terms
  }

  /** Reads it again. What cannot be understood (another version wrote it) changes nothing. */
  async load(): Promise<GroupTerms> {
    const { db, log, name, own, host } = this.#options
    const found = await findConfig(db.kysely, configOfGroup(name))
    const parsed = WorkerGroup.safeParse(found ?? {})
    if (parsed.success) this.#terms = decideTerms(parsed.data, own, host)
    else log.warn({ group: name, err: parsed.error }, 'the worker group cannot be understood')
    return this.#terms
  }
}
