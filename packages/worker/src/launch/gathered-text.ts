const PIECES_MAX = 1000

/** A text that comes in pieces, very many and very small ones perhaps: it takes little more memory than it has characters. */
export class GatheredText {
  #parts: string[] = []
  #pieces: string[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(piece: string): void {
    if (piece === '') return
    this.#length += piece.length
    this.#pieces.push(piece)
    if (this.#pieces.length < PIECES_MAX) return
    this.#parts.push(this.#pieces.join(''))
    this.#pieces = []
  }

  read(): string {
    return this.#parts.join('') + this.#pieces.join('')
  }

  /** All of it; nothing is left. */
  take(): string {
    const text = this.read()
    this.clear()
    return text
  }

  clear(): void {
    this.#parts = []
    this.#pieces = []
    this.#length = 0
  }
}
