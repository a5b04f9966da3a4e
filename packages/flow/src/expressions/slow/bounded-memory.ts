const PAGE_BYTES = 64 * 1024

/** What is needed of a `WebAssembly.Memory`; its buffer is another one after it grew. */
export interface Memory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

/**
 * Memory that grows no further than it may just now. The engine's own limit counts allocations and not their sizes in
 * WebAssembly, so this is the one that holds: an allocation that needs more fails in the engine as out of memory.
 */
export class BoundedMemory {
  readonly #memory: Memory
  #bytesMax = Number.POSITIVE_INFINITY
  #wasRefused = false

  constructor(memory: Memory) {
    this.#memory = memory
    const grow = memory.grow.bind(memory)
    memory.grow = (pages) => {
      if (this.size + pages * PAGE_BYTES <= this.#bytesMax) return grow(pages)
      this.#wasRefused = true
      throw new RangeError('the memory may not grow so far')
    }
  }

  get size(): number {
    return this.#memory.buffer.byteLength
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer)
  }

  /** Whether it was to grow further than it may, since the limit was set. */
  get wasRefused(): boolean {
    return this.#wasRefused
  }

  limit(bytesMax: number): void {
    this.#bytesMax = bytesMax
    this.#wasRefused = false
  }
}
