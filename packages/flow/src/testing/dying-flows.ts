import { newId } from '@millrace/base/ids'
import type { FailAt, FailPoint } from '../shell/failpoint.ts'
import type { Shape } from './crash-shapes.ts'

/** A process dies at the nth time that it comes to a point with these flows; without a point it does not. */
export interface CrashPlan {
  readonly shapes: readonly Shape[]
  readonly point?: FailPoint
  readonly nth: number
}

/** Flows of one shell, which stands still where its process is to die: nothing after that point is done. */
export class DyingFlows {
  readonly plan: CrashPlan
  readonly flows: readonly { readonly id: string; readonly shape: Shape }[]
  /** How often it came to each point. */
  readonly visits = new Map<FailPoint, number>()
  readonly #standing = Promise.withResolvers<void>()
  #stands = false
  #isDead = false

  constructor(plan: CrashPlan) {
    this.plan = plan
    this.flows = plan.shapes.map((shape) => ({ id: newId(), shape }))
  }

  /** Resolves when it has come to the point. */
  get standing(): Promise<void> {
    return this.#standing.promise
  }

  get stands(): boolean {
    return this.#stands
  }

  /** Whether anything of it goes on in its process. */
  get isStill(): boolean {
    return this.#stands || this.#isDead
  }

  /** With its process. */
  die(): void {
    this.#isDead = true
  }

  readonly failAt: FailAt = (point) => {
    if (this.isStill) return new Promise<never>(() => undefined)
    const visits = (this.visits.get(point) ?? 0) + 1
    this.visits.set(point, visits)
    if (point !== this.plan.point || visits < this.plan.nth) return
    this.#stands = true
    this.#standing.resolve()
    return new Promise<never>(() => undefined)
  }
}
