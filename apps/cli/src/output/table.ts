import { stripVTControlCharacters } from 'node:util'

/** Rows under a heading, in aligned columns without trailing blanks; nothing but a note when there are none. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading.map((cell) => cell.toUpperCase()), ...rows.map((row) => row.map(toOneLine))]
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))))
  return lines.map((line) => `${formatLine(line, widths)}\n`).join('')
}

function formatLine(line: readonly string[], widths: readonly number[]): string {
  const cells = line.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
  return cells.join('  ').trimEnd()
}

/** A line break inside a cell would break the table. */
function toOneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ')
}

function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length
}
