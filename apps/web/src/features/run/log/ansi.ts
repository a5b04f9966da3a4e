/** How a piece of a log is drawn; colours are the eight names of the terminal. */
export interface AnsiStyle {
  readonly color?: AnsiColor | undefined
  readonly isBold?: boolean
  readonly isDim?: boolean
  readonly isItalic?: boolean
  readonly isUnderlined?: boolean
}

export interface AnsiSpan {
  readonly text: string
  readonly style: AnsiStyle
}

export const ansiColors = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
export type AnsiColor = (typeof ansiColors)[number]

export const PLAIN: AnsiStyle = {}

// Colour and style sequences, all other control sequences, and titles of terminals.
const ESC = String.fromCharCode(27)
const BEL = String.fromCharCode(7)
const SEQUENCE = new RegExp(
  `${ESC}(?:\\[([0-9;:?]*)([A-Za-z])|\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)|[()][A-Z0-9])`,
  'g',
)

/** A line in spans of one style each, and the style that the next line begins with. */
export function parseAnsi(
  line: string,
  start: AnsiStyle,
): { readonly spans: readonly AnsiSpan[]; readonly end: AnsiStyle } {
  if (!line.includes('\u001b')) return { spans: line === '' ? [] : [{ text: line, style: start }], end: start }
  const spans: AnsiSpan[] = []
  let style = start
  let from = 0
  const take = (to: number) => {
    if (to > from) spans.push({ text: line.slice(from, to), style })
  }
  for (const match of line.matchAll(SEQUENCE)) {
    take(match.index)
    from = match.index + match[0].length
    if (match[2] === 'm') style = applyCodes(style, match[1] ?? '')
  }
  take(line.length)
  return { spans, end: style }
}

/** The style after a `m` sequence; 256-colour and true-colour values are skipped with their parameters. */
function applyCodes(style: AnsiStyle, text: string): AnsiStyle {
  const codes = text.split(';').map(Number)
  let result = style
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4
    else result = applyCode(result, code)
  }
  return result
}

function applyCode(style: AnsiStyle, code: number): AnsiStyle {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 3) return { ...style, isItalic: true }
  if (code === 4) return { ...style, isUnderlined: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 23) return { ...style, isItalic: false }
  if (code === 24) return { ...style, isUnderlined: false }
  if (code === 39) return { ...style, color: undefined }
  if (code >= 30 && code <= 37) return { ...style, color: ansiColors[code - 30] }
  if (code >= 90 && code <= 97) return { ...style, color: ansiColors[code - 90] }
  return style
}
