import type { Program } from './random-program.ts'

/** Where a program's worker is lost: never, when it comes to one point, or at each point once, one after the other. */
export type CrashAt = 'never' | 'each' | { readonly point: string }

/** How far a program has come, on workers that are lost one after the other. */
export class ProgramRun {
  readonly program: Program
  /** Its job. */
  id = ''
  readonly #crashAt: CrashAt
  /** The group of the worker that it is on; nothing goes on of what it was on before. */
  #worker = ''
  /** Points at which a worker was lost. */
  readonly #crashes = new Set<string>()
  /** How often it came to each point, in the order in which it came there first. */
  readonly #counts = new Map<string, number>()
  /** Bodies that began on this worker, and how much more often than once bodies may run by now. */
  readonly #begun = new Set<string>()
  readonly #repeats = new Map<string, number>()
  #stands = false

  constructor(program: Program, crashAt: CrashAt) {
    this.program = program
    this.#crashAt = crashAt
  }

  /** Whether it waits for its worker to be lost. */
  get stands(): boolean {
    return this.#stands
  }

  get points(): readonly string[] {
    return [...this.#counts.keys()]
  }

  get crashes(): readonly string[] {
    return [...this.#crashes]
  }

  /** Bodies that ran again although what they gave was kept, or more than once more for each worker that was lost under them. */
  get runAgain(): readonly string[] {
    const isWrong = ([point, count]: readonly [string, number]) => count > 1 + (this.#repeats.get(point) ?? 0)
    return [...this.#counts].filter((each) => isBody(each[0]) && isWrong(each)).map(([point]) => point)
  }

  /** It goes on there. */
  beginOn(worker: string): void {
    this.#worker = worker
    this.#begun.clear()
    this.#stands = false
  }

  /** It comes to a point; without an answer it comes no further. */
  come(point: string, worker: string): string | undefined {
    if (worker !== this.#worker) return undefined
    const count = (this.#counts.get(point) ?? 0) + 1
    this.#counts.set(point, count)
    this.#begun.add(point)
    // What comes to a point beside one that stands is lost there with it, and need not be once more.
    if (this.#stands ? this.#crashAt === 'each' : this.#isToCrashAt(point)) {
      this.#stands = true
      this.#crashes.add(point)
    }
    return this.#stands ? undefined : String(count)
  }

  /** Its worker is lost: what had begun there and is not kept may run once more. */
  loseWorker(kept: ReadonlySet<string>): void {
    this.#worker = ''
    for (const point of this.#begun) if (!kept.has(point)) this.#repeats.set(point, (this.#repeats.get(point) ?? 0) + 1)
  }

  #isToCrashAt(point: string): boolean {
    if (this.#crashAt === 'never' || this.#crashes.has(point)) return false
    return this.#crashAt === 'each' || this.#crashAt.point === point
  }
}

/** What is outside of steps runs at each replay, and what is tried again runs as often as it says. */
function isBody(point: string): boolean {
  return !/^(?:begin|after|shaky)/.test(point)
}
