const HEADER_MAX = 64
/** Headers of the frames that wrappers send: kind and size; `over` is the last of one that leaves its end to others. */
const ANSWERS = /^(result|text|error|suspend|step|exit|over) (\d{1,12})$/

/** What a header looks like. */
export type FrameKinds = RegExp

/** One message of a wrapper: `<kind> <bytes>\n` and that many bytes. */
export interface Frame {
  readonly kind: string
  readonly payload: Buffer
}

/** What user code or a broken wrapper can do to the channel; the run fails with the sentence. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Cuts a stream of bytes into frames; throws a `FrameError` for what is none, or for one past `payloadMax` bytes. */
export class FrameReader {
  readonly #payloadMax: number
  readonly #kinds: FrameKinds
  #chunks: Buffer[] = []
  #length = 0
  #header: { readonly kind: string; readonly size: number } | undefined

  constructor(payloadMax: number, kinds: FrameKinds = ANSWERS) {
    this.#payloadMax = payloadMax
    this.#kinds = kinds
  }

  push(chunk: Buffer): readonly Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    for (;;) {
      this.#header ??= this.#takeHeader()
      if (!this.#header || this.#length < this.#header.size) return frames
      const all = this.#joined()
      frames.push({ kind: this.#header.kind, payload: all.subarray(0, this.#header.size) })
      this.#keep(all.subarray(this.#header.size))
      this.#header = undefined
    }
  }

  #takeHeader(): { readonly kind: string; readonly size: number } | undefined {
    if (this.#length === 0) return undefined
    const all = this.#joined()
    const end = all.subarray(0, HEADER_MAX).indexOf(10)
    if (end < 0 && all.length < HEADER_MAX) return undefined
    const match = this.#kinds.exec(all.toString('latin1', 0, Math.max(0, end)))
    if (!match) throw new FrameError('The script wrote to the channel of its result (descriptor 3).')
    const size = Number(match[2])
    if (size > this.#payloadMax)
      throw new FrameError(`The result has ${size} bytes; at most ${this.#payloadMax} are kept.`)
    this.#keep(all.subarray(end + 1))
    return { kind: match[1] ?? '', size }
  }

  #joined(): Buffer {
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#chunks = all ? [all] : []
    return all ?? Buffer.alloc(0)
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : []
    this.#length = rest.length
  }
}
