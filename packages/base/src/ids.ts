const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const pool = new Uint8Array(8 * 512)
let poolOffset = pool.length
let lastMs = 0
let sequence = 0

/**
 * A UUID of version 7: sortable by the time it was minted (milliseconds), and within one process strictly increasing,
 * also inside a millisecond. The id is the partition key of the job tables.
 */
export function newId(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = 0
  } else if (++sequence > 0xfff) {
    lastMs += 1
    sequence = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const random = randomHex16()
  const variant = ((parseInt(random[0] ?? '0', 16) & 0x3) | 0x8).toString(16)
  const counter = sequence.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${variant}${random.slice(1, 4)}-${random.slice(4)}`
}

/** Whether a text is a UUID of any version, in its usual form. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** The smallest UUIDv7 of an instant: the lower bound of all ids minted at or after it. */
export function firstIdAt(atMs: number): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

/** 16 hex digits; random bytes are drawn in bulk because one call a job would show in the enqueue benchmark. */
function randomHex16(): string {
  if (poolOffset >= pool.length) {
    globalThis.crypto.getRandomValues(pool)
    poolOffset = 0
  }
  let hex = ''
  for (const end = poolOffset + 8; poolOffset < end; poolOffset += 1) hex += HEX[pool[poolOffset] ?? 0] ?? ''
  return hex
}
