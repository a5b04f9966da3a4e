import { Braces, Database, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { parseReference, type Reference } from '../data/reference.ts'
import { IconButton } from '../ui/button.tsx'

interface ReferenceFieldProps {
  /** Of the control, and of what stands in its place. */
  readonly id: string
  readonly label: string
  readonly value: unknown
  /** Whether the control shows a reference as the text that it is. */
  readonly isText: boolean
  readonly disabled: boolean
  readonly onClear: () => void
  readonly children: ReactNode
}

/** A field's control, or the reference that is its value; what is being typed stays text until the field is left. */
export function ReferenceField(props: ReferenceFieldProps) {
  const { id, isText } = props
  const [isTyping, setTyping] = useState(false)
  const reference = isTyping ? undefined : parseReference(props.value)
  const showControl = (focused: boolean) => {
    setTyping(focused)
    requestAnimationFrame(() => document.getElementById(id)?.focus())
  }

  if (reference)
    return (
      <ReferenceChip
        {...props}
        reference={reference}
        onOpen={isText ? () => showControl(true) : undefined}
        onClear={() => {
          props.onClear()
          showControl(false)
        }}
      />
    )
  return (
    <div
      className="contents"
      onFocus={({ target }) => target.id === id && setTyping(true)}
      onBlur={({ target }) => target.id === id && setTyping(false)}
    >
      {props.children}
    </div>
  )
}

interface ReferenceChipProps {
  readonly id: string
  readonly label: string
  readonly reference: Reference
  readonly disabled: boolean
  readonly onOpen: (() => void) | undefined
  readonly onClear: () => void
}

function ReferenceChip({ id, label, reference, disabled, onOpen, onClear }: ReferenceChipProps) {
  const Icon = reference.kind === 'variable' ? Braces : Database
  return (
    <div className="flex items-center gap-1">
      <button
        type="button"
        id={id}
        disabled={disabled}
        title={onOpen ? 'Edit as text' : `Clear ${label}`}
        onClick={onOpen ?? onClear}
        className="flex h-9 min-w-0 flex-1 items-center gap-2 rounded-md border border-line bg-accent-soft px-2.5 text-left disabled:opacity-60"
      >
        <Icon size={14} className="shrink-0 text-accent" aria-hidden />
        <span className="shrink-0 text-sm text-muted">{reference.kind}</span>
        <span className="min-w-0 truncate font-mono text-[13px]">{reference.path}</span>
      </button>
      <IconButton label={`Clear ${label}`} disabled={disabled} onClick={onClear}>
        <X size={14} />
      </IconButton>
    </div>
  )
}
