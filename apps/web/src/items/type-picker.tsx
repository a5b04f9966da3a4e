import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { describeError } from '../data/client.ts'
import { resourceTypesQuery, typeLabel } from '../data/resource-types.ts'
import { classNames } from '../ui/class-names.ts'
import { Field } from '../ui/input.tsx'
import { PickList } from '../ui/pick-list.tsx'

interface TypePickerProps {
  readonly workspace: string
  readonly id: string
  /** Empty until one is chosen. */
  readonly value: string
  readonly fault: string | undefined
  readonly onChange: (name: string) => void
}

/** One of the types of the workspace. */
export function TypePicker({ workspace, id, value, fault, onChange }: TypePickerProps) {
  const [isOpen, setOpen] = useState(false)
  const [text, setText] = useState('')
  const { data, error } = useQuery(resourceTypesQuery(workspace))
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = data?.filter(({ name, display_name: label = '', description }) => {
    const haystack = `${name} ${label} ${description}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
  return (
    <Field id={id} label="Type" error={fault} hint={data?.find(({ name }) => name === value)?.description}>
      <PickList
        label="Search types"
        isOpen={isOpen}
        onOpenChange={setOpen}
        text={text}
        onText={setText}
        items={found?.map(({ name, display_name: label }) => ({ id: name, title: label ?? name, detail: name }))}
        emptyText="No type matches."
        error={error ? describeError(error).message : undefined}
        onPick={onChange}
        trigger={
          <button
            type="button"
            role="combobox"
            id={id}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-error`}
            className="flex h-9 min-w-0 items-center gap-2 rounded-md border border-line bg-raised px-2.5 hover:bg-hover aria-invalid:border-failed"
          >
            <span className={classNames('min-w-0 flex-1 truncate text-left', value === '' && 'text-muted')}>
              {value === '' ? 'Choose a type' : typeLabel(data, value)}
            </span>
            <ChevronDown size={14} className="shrink-0 text-muted" aria-hidden />
          </button>
        }
      />
    </Field>
  )
}
