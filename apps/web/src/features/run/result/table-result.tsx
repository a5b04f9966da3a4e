import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { formatCount } from '../../../ui/format-quantity.ts'
import type { Table } from './result-kind.ts'

const ROWS_STEP = 100

/** Rows and columns, a hundred rows at a time. */
export function TableResult({ table }: { readonly table: Table }) {
  const [shown, setShown] = useState(ROWS_STEP)
  const rest = table.rows.length - shown
  return (
    <div className="flex flex-col items-start gap-2">
      <div className="max-h-[60vh] w-full overflow-auto rounded-md border border-line">
        <table className="w-full border-collapse text-sm tabular-nums">
          <thead className="sticky top-0 bg-panel">
            <tr>
              {table.columns.map((column, index) => (
                <th
                  key={index}
                  scope="col"
                  className={`border-b border-line px-3 py-1.5 font-medium whitespace-nowrap ${isFigures(table, index) ? 'text-right' : 'text-left'}`}
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.slice(0, shown).map((row, index) => (
              <tr key={index} className="border-b border-line last:border-0 hover:bg-hover">
                {table.columns.map((_, column) => (
                  <Cell key={column} value={row[column]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <Button onClick={() => setShown(shown + ROWS_STEP * 10)}>Show more ({formatCount(rest)} left)</Button>
      )}
    </div>
  )
}

/** Whether a column holds figures, judged by its first row. */
function isFigures(table: Table, column: number): boolean {
  return typeof table.rows[0]?.[column] === 'number'
}

function Cell({ value }: { readonly value: unknown }) {
  if (value === undefined || value === null) return <td className="px-3 py-1.5 text-muted">–</td>
  const isNumber = typeof value === 'number'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (
    <td className={`max-w-96 truncate px-3 py-1.5 ${isNumber ? 'text-right font-mono' : ''}`} title={text}>
      {text}
    </td>
  )
}
