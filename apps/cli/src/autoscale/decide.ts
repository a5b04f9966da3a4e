/** What a look at a group says. */
export interface Look {
  readonly wanted: number
  readonly current: number
  /** Whether the group's configuration asks for scaling. */
  readonly enabled: boolean
}

/** When something is done about it. */
export interface Policy {
  /** After a command nothing is done for so long: workers take time to come and go. */
  readonly cooldownMs: number
  /** Looks in a row that want fewer workers before some are removed. */
  readonly quietLooks: number
}

/** What is remembered between looks. */
export interface Memory {
  readonly quietLooks: number
  /** When the last command ended; undefined before the first. */
  readonly actedAtMs: number | undefined
}

/** What to do now, and why. */
export interface Decision {
  readonly action: 'up' | 'down' | 'none'
  readonly reason: string
  readonly memory: Memory
}

export const nothingYet: Memory = { quietLooks: 0, actedAtMs: undefined }

/** Up at once, down only after several quiet looks, and neither right after a command. */
export function decide(memory: Memory, look: Look, policy: Policy, nowMs: number): Decision {
  const { wanted, current } = look
  const { actedAtMs } = memory
  const quietLooks = wanted < current ? memory.quietLooks + 1 : 0
  const none = (reason: string): Decision => ({ action: 'none', reason, memory: { quietLooks, actedAtMs } })

  if (!look.enabled) return none('its configuration does not ask for scaling')
  if (wanted === current) return none('as wanted')
  if (quietLooks > 0 && quietLooks < policy.quietLooks) return none(`quiet look ${quietLooks} of ${policy.quietLooks}`)
  const restMs = actedAtMs === undefined ? 0 : actedAtMs + policy.cooldownMs - nowMs
  if (restMs > 0) return none(`cooling down for ${Math.ceil(restMs / 1000)} s`)
  const memoryAfter = { quietLooks: 0, actedAtMs: nowMs }
  if (wanted > current) return { action: 'up', reason: 'more are wanted', memory: memoryAfter }
  return { action: 'down', reason: `fewer were wanted ${quietLooks} times`, memory: memoryAfter }
}
