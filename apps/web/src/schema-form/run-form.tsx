import { useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useId, useState } from 'react'
import { useActions } from '../actions/action-registry.tsx'
import { isMac } from '../actions/platform.ts'
import { shortcutText } from '../actions/shortcut.ts'
import { describeError } from '../data/client.ts'
import type { Args } from '../data/jobs.ts'
import { links } from '../links.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'
import { initialArgs } from './initial-args.ts'
import { SchemaForm } from './schema-form.tsx'

/** How what the form is of is run: sent once, and led to by the id of the job. */
interface Starter {
  readonly isPending: boolean
  readonly error: unknown
  start(args: Args, onStarted: (id: string) => void): void
}

interface RunFormProps {
  readonly workspace: string
  readonly schema: Readonly<Record<string, unknown>> | null | undefined
  /** Filled in before the defaults, for another run of the same. */
  readonly args: Args | undefined
  readonly starter: Starter
}

/** The form of a script or a flow; sent, it leads to the run. */
export function RunForm({ workspace, schema: given, args: before, starter }: RunFormProps) {
  const navigate = useNavigate()
  const formId = useId()
  const schema = given ?? {}
  const [args, setArgs] = useState<Args>(() => ({ ...initialArgs(schema), ...before }))
  const send = () => document.querySelector<HTMLFormElement>(`form[id="${formId}"]`)?.requestSubmit()
  useActions([{ id: 'run', title: 'Run', icon: <Play size={14} />, shortcut: 'mod+enter', perform: send }])

  function start(valid: Args) {
    if (starter.isPending) return
    starter.start(valid, (id) => void navigate({ to: links.run, params: { workspace, id } }))
  }

  return (
    <div className="flex max-w-2xl flex-col gap-5 pb-10">
      <SchemaForm id={formId} schema={schema} args={args} onChange={setArgs} onSubmit={start} />
      {starter.error !== null && <ProblemNote title="It did not start." {...describeError(starter.error)} />}
      <div>
        <Button
          type="submit"
          form={formId}
          look="primary"
          size="form"
          disabled={starter.isPending}
          title={shortcutText('mod+enter', isMac)}
        >
          <Play size={16} aria-hidden /> Run
        </Button>
      </div>
    </div>
  )
}
