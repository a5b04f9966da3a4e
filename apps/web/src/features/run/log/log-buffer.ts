import { parseAnsi, PLAIN, type AnsiSpan, type AnsiStyle } from './ansi.ts'

/** Older lines than this are dropped from the page; the download has them all. */
const LINES_MAX = 200_000

interface Line {
  readonly text: string
  readonly start: AnsiStyle
}

/** A log as it arrives, in lines. Listeners are told at most once a frame. */
export class LogBuffer {
  #lines: Line[] = []
  #open: Line | undefined
  #style: AnsiStyle = PLAIN
  #dropped = 0
  #version = 0
  #isScheduled = false
  readonly #listeners = new Set<() => void>()
  readonly #schedule: (task: () => void) => void

  constructor(schedule: (task: () => void) => void = (task) => void requestAnimationFrame(task)) {
    this.#schedule = schedule
  }

  append(piece: string): void {
    if (piece === '') return
    const parts = ((this.#open?.text ?? '') + piece).split('\n')
    const rest = parts.pop() ?? ''
    this.#style = this.#open?.start ?? this.#style
    for (const part of parts) {
      const text = visiblePart(part)
      this.#lines.push({ text, start: this.#style })
      this.#style = parseAnsi(text, this.#style).end
    }
    this.#open = rest === '' ? undefined : { text: rest, start: this.#style }
    this.#trim()
    this.#notify()
  }

  /** Begins anew, for a stream that is read from its start. */
  clear(): void {
    this.#lines = []
    this.#open = undefined
    this.#style = PLAIN
    this.#dropped = 0
    this.#notify()
  }

  /** How many lines there are, with the last unfinished one. */
  get lineCount(): number {
    return this.#lines.length + (this.#open ? 1 : 0)
  }

  /** How many lines are no longer kept. */
  get droppedCount(): number {
    return this.#dropped
  }

  spansAt(index: number): readonly AnsiSpan[] {
    const line = this.#lines[index] ?? this.#open
    return line ? parseAnsi(visiblePart(line.text), line.start).spans : []
  }

  readonly version = (): number => this.#version

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #trim(): void {
    const excess = this.#lines.length - LINES_MAX
    // In strides, for cutting the front of a long array costs its whole length.
    if (excess < LINES_MAX / 20) return
    this.#lines = this.#lines.slice(excess)
    this.#dropped += excess
  }

  #notify(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#schedule(() => {
      this.#isScheduled = false
      this.#version += 1
      for (const listener of this.#listeners) listener()
    })
  }
}

/** What a terminal would still show of a line that was written over (progress bars). */
function visiblePart(text: string): string {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  return line.slice(line.lastIndexOf('\r') + 1)
}
