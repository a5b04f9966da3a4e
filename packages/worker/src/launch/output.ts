import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'

const TAIL_MAX = 4000
const LINE_MAX = 1_000_000

/** What a job prints: passed on as text, with what the outcome may need of it kept (the last line, the last words). */
export class Output {
  readonly #onText: (text: string) => void
  #partial = ''
  #lastLine: string | undefined
  #tail = ''

  constructor(onText: (text: string) => void) {
    this.#onText = onText
  }

  /** The last line of stdout, without its end; empty lines at the end do not count. */
  get lastLine(): string | undefined {
    return this.#partial.trim() === '' ? this.#lastLine : this.#partial
  }

  /** The end of stderr. */
  get lastWords(): string {
    return this.#tail.trim()
  }

  stdout(text: string): void {
    if (text === '') return
    this.#onText(text)
    const lines = (this.#partial + text).split('\n')
    this.#partial = (lines.pop() ?? '').slice(-LINE_MAX)
    const last = lines.findLast((line) => line.trim() !== '')
    if (last !== undefined) this.#lastLine = last.slice(0, LINE_MAX)
  }

  stderr(text: string): void {
    if (text === '') return
    this.#onText(text)
    this.#tail = (this.#tail + text).slice(-TAIL_MAX)
  }
}

/** Decodes a stream to text without tearing characters apart; resolves when it has ended. */
export function readText(stream: Readable, onText: (text: string) => void): Promise<void> {
  const decoder = new StringDecoder('utf8')
  return new Promise((resolve) => {
    const end = () => {
      onText(decoder.end())
      resolve()
    }
    stream.on('data', (chunk: Buffer) => onText(decoder.write(chunk)))
    stream.once('end', end)
    stream.once('error', end)
    stream.once('close', end)
  })
}
