import type { Service } from '@millrace/base/lifecycle'
import { sleep } from '@millrace/base/time'
import { newId } from '@millrace/base/ids'
import type { Duty, DutyContext } from './duties/duty.ts'
import { duties } from './duties/registry.ts'

const LEASE_MS = 15_000
const RENEW_MS = 5000
/** The longest that a duty sleeps which is woken by news, where none arrive. */
const DEAF_MS_MAX = 1000

/**
 * Runs the duties on exactly one server. Leadership is a lease in the database by its clock: every server asks each 5 s, the
 * holder keeps it, and 15 s after it fell silent another has it. Duties are idempotent and lock what they change, so the
 * moment in which an old leader still works beside a new one is harmless.
 */
export class Keeper implements Service {
  readonly name = 'keeper'
  readonly #context: DutyContext
  readonly #all: readonly Duty[]
  readonly #id = newId()
  readonly #ended = new AbortController()
  #leading: AbortController | undefined
  #loop: Promise<void> = Promise.resolve()
  #duties: Promise<unknown> = Promise.resolve()

  /** `more` are duties of others, above the queue. */
  constructor(context: DutyContext, more: readonly Duty[] = []) {
    this.#context = context
    this.#all = [...duties, ...more]
  }

  start(): Promise<void> {
    this.#loop = this.#lead()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    this.#leading?.abort()
    await this.#loop
    await this.#duties
    await this.#context.db.pool.query('delete from lease where owner = $1', [this.#id]).catch(() => undefined)
  }

  async #lead(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const leads = await this.#askForLease()
      if (leads && !this.#leading) this.#begin()
      if (!leads) this.#leading?.abort()
      if (!leads) this.#leading = undefined
      await sleep(RENEW_MS, this.#ended.signal)
    }
  }

  async #askForLease(): Promise<boolean> {
    try {
      const { rowCount } = await this.#context.db.pool.query(
        `insert into lease (name, owner, until) values ('keeper', $1, now() + $2 * interval '1 millisecond')
         on conflict (name) do update set owner = excluded.owner, until = excluded.until
         where lease.owner = excluded.owner or lease.until < now()`,
        [this.#id, LEASE_MS],
      )
      return rowCount === 1
    } catch (error) {
      this.#context.log.warn({ err: error }, 'the lease of the keeper cannot be asked for')
      return false
    }
  }

  #begin(): void {
    const leading = new AbortController()
    this.#leading = leading
    this.#context.log.info({}, 'this server keeps the house')
    this.#duties = Promise.all(this.#all.map((duty) => this.#perform(duty, leading.signal)))
  }

  async #perform(duty: Duty, signal: AbortSignal): Promise<void> {
    const log = this.#context.log.child(`duty:${duty.id}`)
    let wake: () => void = () => {}
    const off = duty.wakenBy ? this.#context.notifier.on(duty.wakenBy, () => wake()) : () => {}
    while (!signal.aborted) {
      let waitMs = duty.everyMs(this.#context)
      const woken = new AbortController()
      wake = () => woken.abort()
      try {
        const report = await duty.runOnce(this.#context)
        if (report.did) log.info(report.did, 'done')
        if (report.againInMs !== undefined) waitMs = report.againInMs
      } catch (error) {
        log.warn({ err: error }, 'a duty failed and will be tried again')
        waitMs = Math.min(waitMs, 5000)
      }
      if (duty.wakenBy && !this.#context.notifier.isConnected) waitMs = Math.min(waitMs, DEAF_MS_MAX)
      await sleep(waitMs, AbortSignal.any([signal, woken.signal]))
    }
    off()
  }
}
