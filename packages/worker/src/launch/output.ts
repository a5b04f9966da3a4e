import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { GatheredText } from './gathered-text.ts'
import { ResultStream, type Parts } from './result-stream.ts'

const TAIL_MAX = 4000
/** Characters of the last line that are kept. */
const LINE_MAX = 16 * 1024 * 1024

/** What a job prints: passed on as text, with what the outcome may need of it kept (the last line, the last words). */
export class Output {
  readonly #onText: (text: string) => void
  readonly #onStream: (text: string) => void
  readonly #parts = new ResultStream()
  /** The line that is not over, and the last one before it with something in it: put together only when it is asked for. */
  #partial = new GatheredText()
  #lastLine: GatheredText | undefined
  #tail = ''

  /** `onText` is told of the log, `onStream` of pieces of the result that were printed. */
  constructor(onText: (text: string) => void, onStream: (text: string) => void = () => undefined) {
    this.#onText = onText
    this.#onStream = onStream
  }

  /** The last line of stdout, without its end; empty lines at the end do not count. */
  get lastLine(): string | undefined {
    return this.#partial.isBlank ? this.#lastLine?.read() : this.#partial.read()
  }

  /** The end of stderr. */
  get lastWords(): string {
    return this.#tail.trim()
  }

  stdout(text: string): void {
    if (text !== '') this.#take(this.#parts.push(text))
  }

  /** Nothing more will be printed. */
  end(): void {
    this.#take(this.#parts.end())
  }

  #take({ log, stream }: Parts): void {
    if (stream !== '') this.#onStream(stream)
    if (log !== '') this.#log(log)
  }

  #log(text: string): void {
    this.#onText(text)
    const end = text.lastIndexOf('\n')
    if (end < 0) return this.#continue(text)
    this.#endLines(text.slice(0, end))
    this.#continue(text.slice(end + 1))
  }

  /** Keeps the last line with something in it of lines that are over, of which the first began earlier; without taking them all apart. */
  #endLines(lines: string): void {
    const wordsEnd = lines.trimEnd().length
    const begin = wordsEnd === 0 ? 0 : lines.lastIndexOf('\n', wordsEnd - 1) + 1
    const end = lines.indexOf('\n', wordsEnd)
    if (begin > 0) this.#partial = new GatheredText()
    this.#continue(lines.slice(begin, end < 0 ? undefined : end))
    if (!this.#partial.isBlank) this.#lastLine = this.#partial
    this.#partial = new GatheredText()
  }

  #continue(text: string): void {
    this.#partial.push(text.slice(0, LINE_MAX - this.#partial.length))
  }

  stderr(text: string): void {
    if (text === '') return
    this.#onText(text)
    this.#tail = text.length < TAIL_MAX ? (this.#tail + text).slice(-TAIL_MAX) : text.slice(-TAIL_MAX)
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
