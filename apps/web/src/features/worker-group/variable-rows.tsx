import { Eye, EyeOff, Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { FieldFaults } from '../../data/field-faults.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { Input } from '../../ui/input.tsx'
import { variableFault, type VariableRow } from './group-form.ts'

interface VariableRowsProps {
  readonly rows: readonly VariableRow[]
  readonly faults: FieldFaults
  readonly onChange: (rows: readonly VariableRow[]) => void
}

/** Names with their values, which may be secrets: hidden until one asks for them. */
export function VariableRows({ rows, faults, onChange }: VariableRowsProps) {
  const [isShown, setShown] = useState(false)
  const change = (id: number, part: Partial<VariableRow>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)))
  const add = () => onChange([...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, name: '', value: '' }])
  return (
    <div className="flex flex-col gap-2">
      {rows.map((row, index) => {
        const fault = variableFault(faults, row.name.trim())
        const name = row.name || `variable ${index + 1}`
        return (
          <div key={row.id} className="flex flex-col gap-1">
            <div className="flex items-center gap-2">
              <Input
                aria-label={`Name of ${name}`}
                placeholder="NAME"
                value={row.name}
                autoFocus={row.name === '' && row.value === ''}
                spellCheck={false}
                autoComplete="off"
                aria-invalid={fault !== undefined}
                aria-describedby={fault === undefined ? undefined : `variable-${row.id}-error`}
                onChange={(event) => change(row.id, { name: event.target.value })}
                className="flex-1 font-mono text-[13px]!"
              />
              <Input
                aria-label={`Value of ${name}`}
                placeholder="value"
                type={isShown ? 'text' : 'password'}
                value={row.value}
                spellCheck={false}
                autoComplete="off"
                onChange={(event) => change(row.id, { value: event.target.value })}
                className="flex-1 font-mono text-[13px]!"
              />
              <IconButton label={`Remove ${name}`} onClick={() => onChange(rows.filter((each) => each.id !== row.id))}>
                <X size={14} aria-hidden />
              </IconButton>
            </div>
            {fault !== undefined && (
              <p id={`variable-${row.id}-error`} role="alert" className="text-sm text-failed">
                {fault}
              </p>
            )}
          </div>
        )
      })}
      <div className="flex gap-2">
        <Button onClick={add}>
          <Plus size={14} aria-hidden /> Add variable
        </Button>
        {rows.length > 0 && (
          <Button look="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
            {isShown ? 'Hide values' : 'Show values'}
          </Button>
        )}
      </div>
    </div>
  )
}
