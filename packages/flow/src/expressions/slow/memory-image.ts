import type { BoundedMemory } from './bounded-memory.ts'

const PAGE_BYTES = 4096

/** The stack of a program is the one large part of its memory that is empty while it does nothing. */
const GAP_BYTES_MIN = 1024 * 1024

/** Memory that is handed out in steps may have empty ends. */
const TAIL_BYTES = 64 * 1024

interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** WebAssembly memory as it was at a moment when nothing ran in it, to be laid again as often as wanted. */
export class MemoryImage {
  readonly #memory: BoundedMemory
  readonly #parts: readonly Part[]

  constructor(memory: BoundedMemory) {
    this.#memory = memory
    this.#parts = usedParts(memory.bytes)
  }

  /** Up to where memory is in use. */
  get end(): number {
    return Math.max(...this.#parts.map(({ offset, bytes }) => offset + bytes.length))
  }

  lay(): void {
    const memory = this.#memory.bytes
    for (const { offset, bytes } of this.#parts) memory.set(bytes, offset)
  }
}

/** All up to the last byte in use, without large gaps. */
function usedParts(memory: Uint8Array): readonly Part[] {
  const parts: Part[] = []
  let start = 0
  let end = 0
  for (let offset = 0; offset < memory.length; offset += PAGE_BYTES) {
    if (memory.subarray(offset, offset + PAGE_BYTES).every((byte) => byte === 0)) continue
    if (offset - end >= GAP_BYTES_MIN) {
      parts.push({ offset: start, bytes: memory.slice(start, end) })
      start = offset
    }
    end = offset + PAGE_BYTES
  }
  parts.push({ offset: start, bytes: memory.slice(start, Math.min(end + TAIL_BYTES, memory.length)) })
  return parts
}
