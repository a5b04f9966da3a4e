import { X } from 'lucide-react'
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react'
import { classNames } from './class-names.ts'

interface ChipInputProps {
  readonly id: string
  readonly values: readonly string[]
  readonly onChange: (values: readonly string[]) => void
  readonly placeholder?: string
  /** Places of those that are wrong. */
  readonly invalid?: ReadonlySet<number>
  readonly isInvalid?: boolean
  /** The id of the text that says what is wrong. */
  readonly describedBy?: string | undefined
}

/** Words as chips: Enter, a comma or a space ends one, Backspace in the empty field takes the last one back. */
export function ChipInput({ id, values, onChange, placeholder, invalid, isInvalid, describedBy }: ChipInputProps) {
  const [text, setText] = useState('')
  const field = useRef<HTMLInputElement>(null)

  function add(words: string) {
    setText('')
    const added = words.split(/[\s,]+/).filter(Boolean)
    if (added.length > 0) onChange([...new Set([...values, ...added])])
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return
    if ((event.key === 'Enter' || event.key === ',' || event.key === ' ') && text !== '') {
      event.preventDefault()
      add(text)
    }
    if (event.key === 'Backspace' && text === '') onChange(values.slice(0, -1))
  }
  function onPaste(event: ClipboardEvent) {
    const pasted = event.clipboardData.getData('text')
    if (!/[\s,]/.test(pasted.trim())) return
    event.preventDefault()
    add(`${text}${pasted}`)
  }

  return (
    <div
      className={classNames(
        'flex min-h-9 w-full flex-wrap items-center gap-1 rounded-md border bg-raised px-1.5 py-1 focus-within:outline-2 focus-within:outline-accent',
        isInvalid ? 'border-failed' : 'border-line',
      )}
    >
      {values.map((value, index) => (
        <span
          key={value}
          className={classNames(
            'inline-flex h-6 max-w-full items-center rounded-md bg-hover pl-1.5 font-mono text-[13px]',
            invalid?.has(index) && 'bg-failed-soft text-failed',
          )}
        >
          <span className="truncate">{value}</span>
          <button
            type="button"
            aria-label={`Remove ${value}`}
            onClick={() => {
              onChange(values.filter((_, place) => place !== index))
              field.current?.focus()
            }}
            className="inline-flex size-6 shrink-0 items-center justify-center rounded-md text-muted hover:text-text"
          >
            <X size={12} aria-hidden />
          </button>
        </span>
      ))}
      <input
        id={id}
        ref={field}
        value={text}
        placeholder={values.length === 0 ? placeholder : undefined}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={isInvalid || undefined}
        aria-describedby={describedBy}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => add(text)}
        className="h-6 min-w-24 flex-1 bg-transparent px-1 outline-none"
      />
    </div>
  )
}
