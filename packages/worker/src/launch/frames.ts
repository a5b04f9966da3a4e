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

/** Kinds whose frames are parts of a stream, and say the same cut anywhere. */
const STREAMS: ReadonlySet<string> = new Set(['stdout', 'stderr', 'channel'])

/**
 * Cuts a stream of bytes into frames; throws a `FrameError` for what is none, or for one past `payloadMax` bytes. Frames of streams
 * are passed on in parts, as they come, without a copy: there may be very much of them.
 */
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
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    this.#header ??= this.#takeHeader()
    if (!this.#header) return undefined
    const { kind, size } = this.#header
    if (!STREAMS.has(kind)) {
      if (this.#length < size) return undefined
      this.#header = undefined
      return { kind, payload: this.#take(size) }
    }
    const here = Math.min(size, this.#chunks[0]?.length ?? 0)
    if (here === 0 && size > 0) return undefined
    this.#header = here < size ? { kind, size: size - here } : undefined
    return { kind, payload: this.#take(here) }
  }

  #takeHeader(): { readonly kind: string; readonly size: number } | undefined {
    if (this.#length === 0) return undefined
    const [first] = this.#chunks
    const head = first && first.length >= HEADER_MAX ? first : this.#join()
    const end = head.subarray(0, HEADER_MAX).indexOf(10)
    if (end < 0 && head.length < HEADER_MAX) return undefined
    const match = this.#kinds.exec(head.toString('latin1', 0, Math.max(0, end)))
    if (!match) throw new FrameError('The script wrote to the channel of its result (descriptor 3).')
    const size = Number(match[2])
    if (size > this.#payloadMax)
      throw new FrameError(`The result has ${size} bytes; at most ${this.#payloadMax} are kept.`)
    this.#take(end + 1)
    return { kind: match[1] ?? '', size }
  }

  /** The next bytes, which are there. */
  #take(size: number): Buffer {
    const [first = Buffer.alloc(0)] = this.#chunks
    const all = first.length >= size ? first : this.#join()
    this.#length -= size
    if (all.length > size) this.#chunks[0] = all.subarray(size)
    else this.#chunks.shift()
    return all.subarray(0, size)
  }

  #join(): Buffer {
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }
}
