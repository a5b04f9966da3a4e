import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { describeError } from '../data/client.ts'
import { useRevealVariable } from '../data/variables.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { classNames } from '../ui/class-names.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { Field, inputClass } from '../ui/input.tsx'

interface VariableValueProps {
  readonly workspace: string
  readonly formId: string
  /** The path of the secret that is there already; undefined where the value is known. */
  readonly sealedPath: string | undefined
  /** Undefined while the value of that secret stays. */
  readonly value: string | undefined
  readonly isSecret: boolean
  readonly fault: string | undefined
  readonly onChange: (value: string) => void
}

/** The value of a variable; one that is secret is dots until somebody asks to see it. */
export function VariableValue(props: VariableValueProps) {
  const { formId, sealedPath, isSecret } = props
  const reveal = useRevealVariable(props.workspace)
  const [isShown, setShown] = useState(false)
  const text = props.value ?? reveal.data
  const id = `${formId}-value`
  const fault = props.fault ?? (reveal.error ? describeError(reveal.error).message : undefined)
  const focus = () => requestAnimationFrame(() => document.getElementById(id)?.focus())

  function show() {
    if (sealedPath === undefined || text !== undefined) setShown(true)
    else reveal.mutate(sealedPath, { onSuccess: () => setShown(true) })
  }

  return (
    <Field id={id} label="Value" error={fault} hint={hintOf(text, isSecret)}>
      {text === undefined ? (
        <div
          id={id}
          tabIndex={-1}
          aria-invalid={fault !== undefined}
          className="flex h-9 items-center gap-2 rounded-md border border-line bg-panel pr-1 pl-2.5 aria-invalid:border-failed"
        >
          <span className="flex-1 tracking-widest text-muted" aria-label="A secret that is set">
            ••••••••
          </span>
          <Button look="quiet" onClick={show} disabled={reveal.isPending}>
            <Eye size={14} aria-hidden /> Reveal
          </Button>
          <Button
            look="quiet"
            onClick={() => {
              props.onChange('')
              focus()
            }}
          >
            Replace
          </Button>
        </div>
      ) : (
        <div className="relative">
          <textarea
            id={id}
            form={formId}
            rows={1}
            value={text}
            spellCheck={false}
            autoComplete="off"
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-error`}
            onChange={(event) => props.onChange(event.target.value)}
            className={classNames(
              inputClass,
              'block max-h-80 min-h-9 resize-y py-[7px] font-mono text-[13px]!',
              isSecret && 'pr-16',
              isSecret && !isShown && '[-webkit-text-security:disc]',
            )}
          />
          {isSecret && (
            <div className="absolute top-1 right-1 flex">
              {isShown && <CopyButton text={text} label="Copy value" />}
              <IconButton
                label={isShown ? 'Hide value' : 'Show value'}
                onClick={isShown ? () => setShown(false) : show}
              >
                {isShown ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
              </IconButton>
            </div>
          )}
        </div>
      )}
    </Field>
  )
}

function hintOf(text: string | undefined, isSecret: boolean): string | undefined {
  if (isSecret && text !== undefined) return 'Stored encrypted, and masked in the logs of runs that use it.'
  return undefined
}
