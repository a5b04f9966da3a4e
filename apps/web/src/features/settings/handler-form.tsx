import type { HandlerEvent } from '@millrace/contracts'
import { useId, useState, type FormEvent } from 'react'
import { describeError } from '../../data/client.ts'
import { useEditHandler, type HandlerScope } from '../../data/handlers.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Field, inputClass } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { Switch } from '../../ui/switch.tsx'
import { showToast } from '../../ui/toast.tsx'
import { mutes, readForm, type HandlerForm as Form } from './handler-form-state.ts'
import { RunnablePicker } from './runnable-picker.tsx'

const TITLES = {
  error: {
    title: 'On failure',
    text: 'Told of each job that fails, times out, runs out of memory or loses its worker.',
  },
  recovery: { title: 'On recovery', text: 'Told when a script or flow succeeds for the first time after it failed.' },
  success: { title: 'On success', text: 'Told of each job that succeeds.' },
} as const

interface HandlerFormProps {
  readonly workspace: string
  readonly scope: HandlerScope
  readonly event: HandlerEvent
  readonly before: Form
  /** Why it was not told the last time that it could not be. */
  readonly fault: string | undefined
}

/** Who is told of an event. */
export function HandlerForm({ workspace, scope, event, before, fault }: HandlerFormProps) {
  const id = useId()
  const [form, setForm] = useState(before)
  const [argsFault, setArgsFault] = useState<string>()
  const edit = useEditHandler(workspace, scope, event)
  const { title, text } = TITLES[event]
  const isChanged = JSON.stringify(form) !== JSON.stringify(before)
  const change = (fields: Partial<Form>) => setForm({ ...form, ...fields })

  function save(submitted: FormEvent) {
    submitted.preventDefault()
    const read = readForm(form)
    setArgsFault('fault' in read ? read.fault : undefined)
    if ('body' in read && !edit.isPending)
      edit.mutate(read.body, { onSuccess: (said) => showToast('Saved', { detail: said }) })
  }

  return (
    <form
      aria-label={title}
      noValidate
      onSubmit={save}
      className="flex flex-col gap-4 rounded-md border border-line bg-panel p-4"
    >
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <h3 className="font-semibold">{title}</h3>
          <p className="text-sm text-muted">{text}</p>
        </div>
        {isChanged && (
          <div className="flex gap-2">
            <Button look="quiet" onClick={() => setForm(before)}>
              Discard changes
            </Button>
            <Button look="primary" type="submit" disabled={edit.isPending}>
              Save
            </Button>
          </div>
        )}
      </div>
      {edit.error && <ProblemNote title="The handler was not saved." {...describeError(edit.error)} />}
      {fault !== undefined && !isChanged && <ProblemNote title="It could not be told." message={fault} />}
      <RunnablePicker workspace={workspace} value={form.path} onChange={(path) => change({ path })} />
      {form.path !== '' && (
        <>
          <Field
            id={`${id}-args`}
            label="Further arguments"
            error={argsFault}
            hint="A JSON object; what is told of the job is added to it."
          >
            <textarea
              id={`${id}-args`}
              rows={3}
              spellCheck={false}
              value={form.args}
              aria-invalid={argsFault !== undefined}
              onChange={({ target }) => change({ args: target.value })}
              className={classNames(inputClass, 'py-1.5 font-mono text-[13px]')}
            />
          </Field>
          <ul className="flex flex-col gap-2">
            {mutes
              .filter(({ name }) => event === 'error' || name !== 'muted_on_cancel')
              .map(({ name, label }) => (
                <li key={name} className="flex items-center gap-2.5">
                  <Switch id={`${id}-${name}`} isOn={form[name]} onChange={(isOn) => change({ [name]: isOn })} />
                  <label htmlFor={`${id}-${name}`}>{label}</label>
                </li>
              ))}
          </ul>
        </>
      )}
    </form>
  )
}
