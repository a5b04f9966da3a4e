import { Duplex, Readable } from 'node:stream'

/**
 * What a child writes, without loss: Node discards what nobody reads yet when a child exits, and a short job may end
 * before its reader is there. A slow reader holds back the writer as usual.
 */
export class HeldReadable extends Readable {
  readonly #pipe: Readable

  constructor(pipe: Readable) {
    super()
    this.#pipe = pipe
    forward(pipe, this)
  }

  override _read(): void {
    this.#pipe.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pipe.destroy()
    done(error)
  }
}

/** The same for a channel in both directions. */
export class HeldDuplex extends Duplex {
  readonly #pipe: Duplex

  constructor(pipe: Duplex) {
    super({ allowHalfOpen: false })
    this.#pipe = pipe
    forward(pipe, this)
    // A peer that goes away while we write shows in the box's end; without a listener it would end our process.
    this.on('error', () => undefined)
  }

  override _read(): void {
    this.#pipe.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#pipe.write(chunk, done)
  }

  override _final(done: () => void): void {
    this.#pipe.end(() => done())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#pipe.destroy()
    done(error)
  }
}

function forward(pipe: Readable, held: Readable): void {
  let isOver = false
  pipe.on('data', (chunk: Buffer) => {
    if (!held.push(chunk)) pipe.pause()
  })
  for (const event of ['end', 'error', 'close'] as const) {
    pipe.on(event, () => {
      if (!isOver) held.push(null)
      isOver = true
    })
  }
}
