import type { FlowFixWish } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useId, useState } from 'react'
import { describeError } from '../../../data/client.ts'
import { useLanguage } from '../../../data/instance.ts'
import { useFix } from '../../../data/flow-fixes.ts'
import type { FlowStep } from '../../../flow-graph/core/flow-tree.ts'
import { links } from '../../../links.ts'
import { Button } from '../../../ui/button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { CodeEditor } from '../../../ui/code-editor/code-editor.tsx'
import { formatCount } from '../../../ui/format-quantity.ts'
import { Field, Input, inputClass } from '../../../ui/input.tsx'
import { ProblemNote } from '../../../ui/problem-note.tsx'
import { showToast } from '../../../ui/toast.tsx'
import { changeableOf, draftOf, readChange, type Changeable, type ChangeDraft } from './read-change.ts'

interface FixFormProps {
  readonly workspace: string
  readonly id: string
  /** The step that is changed. */
  readonly step: FlowStep | undefined
  readonly alike: readonly string[]
  readonly onClose: () => void
}

/** Changes the code, an input or the result of a step; then this run goes on, or all that failed alike. */
export function FixForm({ workspace, id, step, alike, onClose }: FixFormProps) {
  const fieldId = useId()
  const before = changeableOf({ id: step?.id ?? '', value: step?.module['value'] })
  const [draft, setDraft] = useState<ChangeDraft>(() => draftOf(before))
  const [reason, setReason] = useState('')
  const { send, error, isPending } = useSend(workspace, id, onClose)
  const read = readChange(before, draft)
  const faults = read.ok ? {} : read.faults
  const go = (isAll: boolean) => {
    if (!read.ok) return
    send({
      ...(read.change && { changes: [read.change] }),
      ...(isAll && { alike: true }),
      ...(reason !== '' && { reason }),
    })
  }
  return (
    <div className="flex flex-col gap-3">
      {step && <ChangeFields id={fieldId} before={before} draft={draft} onChange={setDraft} faults={faults} />}
      <Field id={`${fieldId}-reason`} label="Reason">
        <Input
          id={`${fieldId}-reason`}
          value={reason}
          maxLength={1000}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
      <p className="text-sm text-muted">
        What ended well does not run again. {read.ok && !read.change && 'Nothing is changed: it goes on as it is.'}
      </p>
      {error && <ProblemNote title="It does not go on." {...describeError(error)} />}
      <div className="flex flex-wrap gap-2">
        <Button look="primary" size="form" disabled={!read.ok || isPending} onClick={() => go(false)}>
          <Play size={14} aria-hidden /> Continue this run
        </Button>
        {alike.length > 1 && (
          <Button size="form" disabled={!read.ok || isPending} onClick={() => go(true)}>
            Continue all {formatCount(alike.length)} that failed alike
          </Button>
        )}
        <Button look="quiet" size="form" onClick={onClose}>
          Close
        </Button>
      </div>
    </div>
  )
}

interface ChangeFieldsProps {
  readonly id: string
  readonly before: Changeable
  readonly draft: ChangeDraft
  readonly onChange: (change: (draft: ChangeDraft) => ChangeDraft) => void
  readonly faults: Readonly<Partial<Record<keyof ChangeDraft, string>>>
}

function ChangeFields({ id, before, draft, onChange, faults }: ChangeFieldsProps) {
  const language = useLanguage(before.language ?? '')
  const area = (name: keyof ChangeDraft, rows: number) => (
    <textarea
      id={`${id}-${name}`}
      value={draft[name]}
      rows={rows}
      spellCheck={false}
      aria-invalid={faults[name] !== undefined || undefined}
      onChange={({ target }) => onChange((last) => ({ ...last, [name]: target.value }))}
      className={classNames(inputClass, 'resize-y py-1.5 font-mono text-sm')}
    />
  )
  return (
    <>
      {before.code !== undefined && (
        <div className="flex flex-col gap-1">
          <span className="text-sm font-medium">Code of {before.step}</span>
          <div className="h-48 overflow-hidden rounded-md border border-line">
            <CodeEditor
              value={draft.code}
              language={language?.editor ?? 'plaintext'}
              label={`Code of ${before.step}`}
              onChange={(code) => onChange((last) => ({ ...last, code }))}
            />
          </div>
        </div>
      )}
      {before.inputs !== undefined && (
        <Field id={`${id}-inputs`} label={`Inputs of ${before.step}`} error={faults.inputs}>
          {area('inputs', rowsOf(draft.inputs))}
        </Field>
      )}
      <Field
        id={`${id}-result`}
        label={`Result of ${before.step}`}
        error={faults.result}
        hint="JSON that it gives instead of running; empty: it runs."
      >
        {area('result', 2)}
      </Field>
    </>
  )
}

function rowsOf(text: string): number {
  return Math.min(16, Math.max(2, text.split('\n').length))
}

function useSend(workspace: string, id: string, onClose: () => void) {
  const navigate = useNavigate()
  const { mutate, error, isPending } = useFix(workspace)
  const send = (wish: FlowFixWish) =>
    mutate(
      { id, wish },
      {
        onSuccess: ({ continued, refused }) => {
          const own = continued.find(({ run }) => run === id)
          if (wish.alike === true) {
            const title = `${formatCount(continued.length)} runs go on.`
            const [first] = refused
            showToast(title, first ? { detail: `${formatCount(refused.length)} do not: ${first.message}` } : {})
          }
          onClose()
          if (own) void navigate({ to: links.run, params: { workspace, id: own.continued_by } })
        },
      },
    )
  return { send, error, isPending }
}
