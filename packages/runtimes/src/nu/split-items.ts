const CLOSED_BY: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' }
const TEXT = /\$?"(?:[^"\\]|\\[\s\S])*"|\$?'[^']*'|`[^`]*`/y
/** No source has it, so that a text is split to its end. */
const NOTHING = '\0'

/** The words and signs of a text that stands in brackets of its own. */
export function splitItems(text: string): string[] {
  return splitWords(text + NOTHING, 0, NOTHING) ?? []
}

/** Words and signs (`:`, `=`) up to the closing bracket, without commas and comments; undefined when there is none. */
export function splitWords(source: string, start: number, close: string): string[] | undefined {
  const words: string[] = []
  let at = start
  while (at < source.length) {
    const sign = source[at] ?? ''
    if (sign === close) return words
    if (/[\s,]/.test(sign)) at += 1
    else if (sign === '#') at = endOfLine(source, at)
    else if (sign === ':' || sign === '=') {
      words.push(sign)
      at += 1
    } else {
      const end = endOfWord(source, at, words.at(-1) === '=' ? [close] : [close, ':', '='])
      words.push(source.slice(at, end))
      at = end
    }
  }
  return undefined
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at)
  return end < 0 ? source.length : end
}

/** A word ends at a blank, or a sign that ends it, that stand in no text and no further bracket. A default may have signs in it. */
function endOfWord(source: string, start: number, ends: readonly string[]): number {
  const open: string[] = []
  let at = start
  while (at < source.length) {
    const sign = source[at] ?? ''
    if (open.length === 0 && (ends.includes(sign) || /[\s,]/.test(sign))) break
    TEXT.lastIndex = at
    const text = TEXT.exec(source)?.[0]
    if (text !== undefined) {
      at += text.length
      continue
    }
    const partner = CLOSED_BY[sign]
    if (partner !== undefined) open.push(partner)
    else if (sign === open.at(-1)) open.pop()
    at += 1
  }
  return Math.max(at, start + 1)
}
