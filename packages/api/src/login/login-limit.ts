import { Problem } from '@millrace/base/problem'

const TRIES_MAX = 10
/** Guesses at one account from many addresses. */
const TRIES_MAX_OF_ACCOUNT = 100
const WINDOW_MS = 15 * 60_000
const KEYS_MAX = 50_000

/** Counts failed sign-ins of an account from an address; each window begins with its first try. */
export class LoginLimit {
  readonly #windows = new Map<string, { tries: number; readonly endsAt: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Counts a try before it is made; throws `request.too_many` when there were too many. */
  take(account: string, address: string): void {
    const limits = [
      { key: JSON.stringify([account, address]), max: TRIES_MAX },
      { key: JSON.stringify([account]), max: TRIES_MAX_OF_ACCOUNT },
    ]
    for (const { key, max } of limits) {
      const window = this.#windowOf(key)
      if (window.tries >= max) throw tooMany(window.endsAt - this.#now())
      window.tries += 1
    }
  }

  /** A sign-in that worked starts the count anew. */
  clear(account: string, address: string): void {
    this.#windows.delete(JSON.stringify([account, address]))
    this.#windows.delete(JSON.stringify([account]))
  }

  #windowOf(key: string): { tries: number; readonly endsAt: number } {
    const known = this.#windows.get(key)
    if (known && known.endsAt > this.#now()) return known
    this.#windows.delete(key)
    const [oldest] = this.#windows.keys()
    if (this.#windows.size >= KEYS_MAX && oldest !== undefined) this.#windows.delete(oldest)
    const window = { tries: 0, endsAt: this.#now() + WINDOW_MS }
    this.#windows.set(key, window)
    return window
  }
}

function tooMany(leftMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(leftMs / 1000))
  return new Problem(
    'request.too_many',
    `Too many failed sign-ins: try again in ${Math.ceil(seconds / 60)} minutes, or use a sign-in link.`,
    { headers: { 'retry-after': String(seconds) } },
  )
}
