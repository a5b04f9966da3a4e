import { useQuery } from '@tanstack/react-query'
import { ChevronDown, CornerDownLeft, Plus, X } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { describeError } from '../data/client.ts'
import { parseReference, resourceReference } from '../data/reference.ts'
import { resourcesQuery } from '../data/resources.ts'
import { resourceTypesQuery, typeLabel } from '../data/resource-types.ts'
import { IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { PickList } from '../ui/pick-list.tsx'
import type { FormReferences } from './form-references.ts'

interface ResourcePickerProps {
  readonly references: FormReferences
  readonly id: string
  readonly label: string
  /** Empty for any. */
  readonly type: string
  readonly value: unknown
  readonly isRequired: boolean
  readonly isInvalid: boolean
  readonly disabled: boolean
  readonly onChange: (reference: string | undefined) => void
}

/** One resource of a type, of those that there are or made at once. */
export function ResourcePicker(props: ResourcePickerProps) {
  const { references, id, type, value } = props
  const [isOpen, setOpen] = useState(false)
  const [isMaking, setMaking] = useState(false)
  const [text, setText] = useState('')
  const sought = useDeferredValue(text.trim())
  const query = resourcesQuery(references.workspace, { text: sought, type: type === '' ? undefined : type })
  const { data, error } = useQuery({ ...query, enabled: isOpen })
  const types = useQuery(resourceTypesQuery(references.workspace)).data
  const name = type === '' ? 'resource' : `${typeLabel(types, type)} resource`
  const chosen = chosenText(value)

  function choose(path: string | undefined) {
    setMaking(false)
    props.onChange(path === undefined ? undefined : resourceReference(path))
    requestAnimationFrame(() => document.getElementById(id)?.focus())
  }

  return (
    <div className="flex items-center gap-1">
      <PickList
        label="Search resources"
        isOpen={isOpen}
        onOpenChange={setOpen}
        text={text}
        onText={setText}
        items={data?.map((resource) => ({
          id: resource.path,
          title: resource.path,
          detail: resource.description || (type === '' ? typeLabel(types, resource.resource_type) : undefined),
        }))}
        emptyText={text === '' ? `There is no ${name} yet.` : `No ${name} matches.`}
        error={error ? describeError(error).message : undefined}
        onPick={choose}
        actions={[
          ...(isPath(sought) && !data?.some(({ path }) => path === sought)
            ? [
                {
                  id: 'typed',
                  title: `Use ${sought}`,
                  icon: <CornerDownLeft size={14} aria-hidden />,
                  perform: () => choose(sought),
                },
              ]
            : []),
          {
            id: 'new',
            title: `New ${name}`,
            icon: <Plus size={14} aria-hidden />,
            perform: () => setMaking(true),
          },
        ]}
        trigger={
          <button
            type="button"
            role="combobox"
            id={id}
            disabled={props.disabled}
            aria-required={props.isRequired || undefined}
            aria-invalid={props.isInvalid || undefined}
            aria-describedby={props.isInvalid ? `${id}-error` : undefined}
            className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md border border-line bg-raised px-2.5 hover:bg-hover disabled:opacity-60 aria-invalid:border-failed"
          >
            <span
              className={classNames(
                'min-w-0 flex-1 truncate text-left',
                chosen === undefined ? 'text-muted' : 'font-mono text-[13px]',
              )}
            >
              {chosen ?? `Choose a ${name}`}
            </span>
            <ChevronDown size={14} className="shrink-0 text-muted" aria-hidden />
          </button>
        }
      />
      {chosen !== undefined && (
        <IconButton label={`Clear ${props.label}`} disabled={props.disabled} onClick={() => choose(undefined)}>
          <X size={14} />
        </IconButton>
      )}
      {isMaking &&
        references.drawNewItem({
          kind: 'resource',
          type,
          value: '',
          isSecret: false,
          onMade: choose,
          onClose: () => setMaking(false),
        })}
    </div>
  )
}

function chosenText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const reference = parseReference(value)
  if (reference?.kind === 'resource') return reference.path
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isPath(text: string): boolean {
  return /^[ufg](\/[\w.@+-]+){2,}$/.test(text)
}
