import type { EventLoop } from './event-loop.ts'

/** What the notifier tells workers. */
export type ModelTopic = 'ready' | 'returned'

/** Who hears of a tag. */
export interface Listener {
  readonly tags: ReadonlySet<string>
  hear(topic: ModelTopic, tags: readonly string[]): void
}

const COALESCE_MS = 5
const LATENCY_MS = 0.5

/** One notification for the tags of 5 ms, to every worker that serves one of them; of ready jobs to those that wait for news. */
export class ModelNotifier {
  readonly #loop: EventLoop
  readonly #listeners: Readonly<Record<ModelTopic, Set<Listener>>> = { ready: new Set(), returned: new Set() }
  readonly #pending: Readonly<Record<ModelTopic, Set<string>>> = { ready: new Set(), returned: new Set() }
  readonly #sentAtMs: Record<ModelTopic, number> = { ready: -Infinity, returned: -Infinity }

  constructor(loop: EventLoop) {
    this.#loop = loop
  }

  on(topic: ModelTopic, listener: Listener): void {
    this.#listeners[topic].add(listener)
  }

  off(topic: ModelTopic, listener: Listener): void {
    this.#listeners[topic].delete(listener)
  }

  tell(topic: ModelTopic, tags: readonly string[]): void {
    const pending = this.#pending[topic]
    const isPlanned = pending.size > 0
    for (const tag of tags) pending.add(tag)
    if (isPlanned || pending.size === 0) return
    const sendAtMs = Math.max(this.#loop.nowMs, this.#sentAtMs[topic] + COALESCE_MS)
    this.#sentAtMs[topic] = sendAtMs
    this.#loop.at(sendAtMs + LATENCY_MS, () => this.#deliver(topic))
  }

  #deliver(topic: ModelTopic): void {
    const tags = [...this.#pending[topic]]
    this.#pending[topic].clear()
    const served = [...this.#listeners[topic]].filter((listener) => tags.some((tag) => listener.tags.has(tag)))
    for (const listener of served) listener.hear(topic, tags)
  }
}
