import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { enginePlannerSettings } from '../config.ts'
import type { Consumer } from '../consumer.ts'
import { NearWorkers } from '../near-workers.ts'
import { Notifier } from '../notifier.ts'
import { Queue } from '../queue.ts'
import type { Arena } from './arena.ts'
import { recordedConsumer } from './recorded-consumer.ts'

interface Member {
  readonly id: string
  readonly consumer: Consumer
  hasLost: boolean
}

/** A server with a worker of its own, in this process: jobs begin as they are enqueued. A worker that lost its lease has a successor. */
export class NearServer {
  readonly queue: Queue
  readonly #arena: Arena
  readonly #db: Database
  readonly #notifier: Notifier
  readonly #near = new NearWorkers()
  #member: Member | undefined
  #isEnding = false
  #ends: Promise<unknown>[] = []

  /** `url` is how it reaches the database of the arena. */
  static async open(arena: Arena, url: string): Promise<NearServer> {
    const options = { url, poolSize: 6, applicationName: 'near-server', settings: enginePlannerSettings }
    const notifier = new Notifier(options, silentLogger)
    await notifier.start(new AbortController().signal)
    const server = new NearServer(arena, openDatabase(options), notifier)
    await server.#join()
    return server
  }

  private constructor(arena: Arena, db: Database, notifier: Notifier) {
    this.#arena = arena
    this.#db = db
    this.#notifier = notifier
    this.queue = new Queue(db, notifier, this.#near)
  }

  /** Its worker holds a lease, as far as it knows. */
  get isWorking(): boolean {
    return this.#member !== undefined && !this.#member.hasLost
  }

  /** Notes that from here on the jobs of its worker may be taken from it. */
  lose(): void {
    if (this.#member) this.#arena.history.note(this.#member.id, { op: 'lose' })
  }

  /** Lets the worker finish what it runs, and another one take its place meanwhile. */
  async replace(): Promise<void> {
    const before = this.#member
    const ended = before?.consumer.stop()
    if (before) this.#arena.history.note(before.id, { op: 'drain' })
    await this.#join()
    await ended
  }

  async close(): Promise<void> {
    this.#isEnding = true
    await this.#member?.consumer.stop()
    await Promise.all(this.#ends)
    await this.#notifier.stop()
    await closeDatabase(this.#db)
  }

  async #join(): Promise<void> {
    const { history, url, tag, leaseMs } = this.#arena
    const id = newId()
    const base = { db: this.#db, notifier: this.#notifier, near: this.#near }
    const consumer = recordedConsumer(base, { id, url, tags: [tag], slots: 4, leaseMs }, (entry) => history.add(entry))
    const member: Member = { id, consumer, hasLost: false }
    history.note(id, { op: 'join', tags: [tag] })
    await consumer.start()
    this.#member = member
    void consumer.onLost.then(() => {
      member.hasLost = true
      history.note(id, { op: 'notice' })
      this.#ends.push(consumer.stop())
      if (this.#member === member && !this.#isEnding) this.#ends.push(this.#rejoin())
    })
  }

  async #rejoin(): Promise<void> {
    for (;;) {
      try {
        return await this.#join()
      } catch {
        // The network is bad, as it should be now and then; a query that fails takes its time.
        if (this.#isEnding) return
      }
    }
  }
}
