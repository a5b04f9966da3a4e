import { isMet, type Row, type Target } from './section.ts'

const HEAD = ['section', 'what', 'value', 'unit', 'target', 'met', 'note'] as const
const RIGHT = new Set([2, 4])

/** The rows as aligned plain text. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(toCells)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)))
  const lines = cells.map((line) => line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '))
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].map((line) => (line ?? '').trimEnd()).join('\n')
}

/** Three digits that matter, and no more. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

function toCells(row: Row): readonly string[] {
  const target = row.target ? formatTarget(row.target) : ''
  return [row.section, row.name, formatValue(row.value), row.unit, target, metWord(isMet(row)), row.note ?? '']
}

function metWord(met: boolean | undefined): string {
  if (met === undefined) return ''
  return met ? 'yes' : 'NO'
}

function formatTarget(target: Target): string {
  return 'atLeast' in target ? `>= ${formatValue(target.atLeast)}` : `<= ${formatValue(target.atMost)}`
}

function pad(text: string, width: number, column: number): string {
  return RIGHT.has(column) ? text.padStart(width) : text.padEnd(width)
}
