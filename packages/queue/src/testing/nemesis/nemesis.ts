import { below, type Random } from '../seeded-random.ts'

/** A misfortune that strikes, and is over when the promise resolves; it draws its victim and length from the seed. */
export interface Blow {
  readonly name: string
  strike(random: Random): Promise<void>
}

/** Brings misfortunes of several kinds, in an order that the seed decides. */
export class Nemesis {
  readonly #random: Random
  readonly #blows: readonly Blow[]
  readonly #struck: string[] = []

  constructor(random: Random, blows: readonly Blow[]) {
    this.#random = random
    this.#blows = blows
  }

  /** What struck, in order. */
  get struck(): readonly string[] {
    return this.#struck
  }

  /** One misfortune; each kind comes once before any comes again. */
  async strike(): Promise<void> {
    const round = this.#struck.slice(this.#struck.length - (this.#struck.length % this.#blows.length))
    const open = this.#blows.filter((blow) => !round.includes(blow.name))
    const blow = open[below(this.#random, open.length)]
    if (!blow) return
    this.#struck.push(blow.name)
    await blow.strike(this.#random)
  }
}
