/** So many pieces, or so many characters of them, become one part: small ones cost more than their text, and the engine copies them. */
const PIECES_MAX = 1000
const PART_LENGTH_MAX = 1_048_576

/** A text that comes in pieces, very many and very small ones perhaps: it takes little more memory than it has characters. */
export class GatheredText {
  #parts: string[] = []
  #pieces: string[] = []
  #piecesLength = 0
  #length = 0
  #isBlank = true

  get length(): number {
    return this.#length
  }

  /** Whether there is nothing in it but white space. */
  get isBlank(): boolean {
    return this.#isBlank
  }

  push(piece: string): void {
    if (piece === '') return
    this.#length += piece.length
    this.#piecesLength += piece.length
    this.#isBlank &&= piece.trim() === ''
    this.#pieces.push(piece)
    if (this.#pieces.length < PIECES_MAX && this.#piecesLength < PART_LENGTH_MAX) return
    this.#parts.push(this.#pieces.join(''))
    this.#pieces = []
    this.#piecesLength = 0
  }

  read(): string {
    return [...this.#parts, ...this.#pieces].join('')
  }

  /** All of it; nothing is left. */
  take(): string {
    const text = this.read()
    this.#parts = []
    this.#pieces = []
    this.#piecesLength = 0
    this.#length = 0
    this.#isBlank = true
    return text
  }
}
