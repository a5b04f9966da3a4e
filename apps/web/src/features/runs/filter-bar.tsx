import { useState } from 'react'
import { FilterChip } from '../../ui/filter-chip.tsx'
import { Input } from '../../ui/input.tsx'
import { Select } from '../../ui/select.tsx'
import { StateMark, stateWords, type StateWord } from '../../ui/state-mark.tsx'
import { periods, type Period, type RunFilters } from './run-filters.ts'

const PERIOD_NAMES: Readonly<Record<Period, string>> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
}

const textFilters = ['path', 'kind', 'by', 'tag'] as const
/** Those that one gets by a link. */
const chipFilters = [...textFilters, 'key', 'worker'] as const
type TextFilter = (typeof chipFilters)[number]
const TEXT_NAMES: Readonly<Record<TextFilter, string>> = {
  path: 'Path begins with',
  kind: 'Kind',
  by: 'Created by',
  tag: 'Tag',
  key: 'Concurrency key',
  worker: 'Worker',
}

interface FilterBarProps {
  readonly filters: RunFilters
  readonly onChange: (filters: RunFilters) => void
}

/** What the list is narrowed by: controls to add, chips to take away. */
export function FilterBar({ filters, onChange }: FilterBarProps) {
  const { page: _page, ...kept } = filters
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Select
        label="State"
        size="dense"
        placeholder="State"
        value={undefined}
        options={stateWords.map((word) => ({ value: word, label: word }))}
        onChange={(word) => onChange({ ...kept, ...stateOf(word) })}
      />
      <Select
        label="Period"
        size="dense"
        placeholder="Period"
        value={undefined}
        options={periods.map((period) => ({ value: period, label: PERIOD_NAMES[period] }))}
        onChange={(period) => onChange({ ...kept, ...periodOf(period) })}
      />
      {textFilters.map((name) => (
        <TextField key={name} name={name} onAdd={(value) => onChange({ ...kept, [name]: value })} />
      ))}
      <Chips filters={kept} onChange={onChange} />
    </div>
  )
}

function stateOf(word: string): { readonly state?: StateWord } {
  const state = stateWords.find((each) => each === word)
  return state ? { state } : {}
}

function periodOf(text: string): { readonly period?: Period } {
  const period = periods.find((each) => each === text)
  return period ? { period } : {}
}

function TextField({ name, onAdd }: { readonly name: TextFilter; readonly onAdd: (value: string) => void }) {
  const [text, setText] = useState('')
  const add = () => {
    if (text.trim() === '') return
    onAdd(text.trim())
    setText('')
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <Input
        aria-label={TEXT_NAMES[name]}
        placeholder={TEXT_NAMES[name]}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={add}
        className="h-7! w-36! text-sm!"
      />
    </form>
  )
}

function Chips({ filters, onChange }: FilterBarProps) {
  const without = (name: keyof RunFilters) => () => {
    const { [name]: _dropped, ...rest } = filters
    onChange(rest)
  }
  return (
    <>
      {filters.state && (
        <FilterChip name="state" onRemove={without('state')}>
          <StateMark state={filters.state} size={12} />
        </FilterChip>
      )}
      {filters.period && (
        <FilterChip name="period" onRemove={without('period')}>
          {PERIOD_NAMES[filters.period]}
        </FilterChip>
      )}
      {chipFilters.map(
        (name) =>
          filters[name] !== undefined && (
            <FilterChip key={name} name={TEXT_NAMES[name].toLowerCase()} onRemove={without(name)}>
              <span className="text-muted">{TEXT_NAMES[name]}</span> {filters[name]}
            </FilterChip>
          ),
      )}
    </>
  )
}
