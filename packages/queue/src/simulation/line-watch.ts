import type { QueueRow } from './queue-row.ts'
import type { ReadyLines } from './ready-lines.ts'

/** What was seen at a full second. */
interface Look {
  /** Rows that are ready, in all lines. */
  readonly ready: number
  /** Tenants that have ready rows in the line. */
  readonly waiting: ReadonlySet<string>
  /** Jobs of the line that were claimed so far, by tenant. */
  readonly claimed: ReadonlyMap<string, number>
}

/** How a line was shared out while the same tenants waited in it all the time. */
export interface Shares {
  readonly seconds: number
  readonly claimed: number
  /** What each tenant got, as a multiple of what its weight gives it. */
  readonly ofDue: ReadonlyMap<string, number>
}

/** Looks once a second at what is ready and at who waits in one line. */
export class LineWatch {
  readonly #lines: ReadyLines
  readonly #of: { readonly tag: string; readonly priority: number }
  readonly #claimed = new Map<string, number>()
  readonly #looks: Look[] = []

  constructor(lines: ReadyLines, of: { readonly tag: string; readonly priority: number }) {
    this.#lines = lines
    this.#of = of
  }

  note({ job }: QueueRow): void {
    if (job.tag !== this.#of.tag || job.priority !== this.#of.priority) return
    this.#claimed.set(job.tenant, (this.#claimed.get(job.tenant) ?? 0) + 1)
  }

  look(): void {
    const line = this.#lines.line(this.#of.tag, this.#of.priority)
    const waiting = [...line.ofTenant].flatMap(([tenant, rows]) => (rows.size > 0 ? [tenant] : []))
    this.#looks.push({ ready: this.#lines.size, waiting: new Set(waiting), claimed: new Map(this.#claimed) })
  }

  /** The seconds from `fromS` on in which `ready` rows or more were ready all the time. */
  saturated(ready: number, fromS: number): number {
    const end = this.#looks.findIndex((look, second) => second >= fromS && look.ready < ready)
    return (end < 0 ? this.#looks.length : end) - fromS - 1
  }

  /** From `fromS` until the first of the tenants waits no longer. */
  shares(tenants: readonly string[], weightOf: (tenant: string) => number, fromS: number): Shares {
    const start = this.#looks[fromS]
    const end = this.#looks.findIndex(
      (look, second) => second > fromS && tenants.some((name) => !look.waiting.has(name)),
    )
    const lastS = (end < 0 ? this.#looks.length : end) - 1
    const last = this.#looks[lastS]
    const got = (tenant: string) => (last?.claimed.get(tenant) ?? 0) - (start?.claimed.get(tenant) ?? 0)
    const claimed = tenants.reduce((sum, tenant) => sum + got(tenant), 0)
    const weight = tenants.reduce((sum, tenant) => sum + weightOf(tenant), 0)
    const ofDue = tenants.map((tenant) => [tenant, got(tenant) / ((claimed * weightOf(tenant)) / weight)] as const)
    return { seconds: lastS - fromS, claimed, ofDue: new Map(ofDue) }
  }
}
