import type { Flow } from '@millrace/contracts'
import { useNavigate } from '@tanstack/react-router'
import { Play } from 'lucide-react'
import { useId, useState } from 'react'
import { useActions } from '../../actions/action-registry.tsx'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { describeError } from '../../data/client.ts'
import { useRunFlow } from '../../data/flows.ts'
import type { Args } from '../../data/jobs.ts'
import { links } from '../../links.ts'
import { initialArgs } from '../../schema-form/initial-args.ts'
import { SchemaForm } from '../../schema-form/schema-form.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'

interface FlowRunFormProps {
  readonly workspace: string
  readonly flow: Flow
  /** A version that is not the newest runs by its number. */
  readonly isOldVersion: boolean
  /** Filled in before the defaults, for another run of the same. */
  readonly args: Args | undefined
}

/** The form of a flow; sent, it leads to the run. */
export function FlowRunForm({ workspace, flow, isOldVersion, args: given }: FlowRunFormProps) {
  const navigate = useNavigate()
  const formId = useId()
  const schema = flow.schema ?? {}
  const [args, setArgs] = useState<Args>(() => ({ ...initialArgs(schema), ...given }))
  const run = useRunFlow(workspace)
  const send = () => document.querySelector<HTMLFormElement>(`form[id="${formId}"]`)?.requestSubmit()
  useActions([{ id: 'flow.run', title: 'Run', icon: <Play size={14} />, shortcut: 'mod+enter', perform: send }])

  function start(valid: Args) {
    if (run.isPending) return
    run.mutate(
      { path: flow.path, args: valid, ...(isOldVersion && { version: flow.version_id }) },
      { onSuccess: (id) => void navigate({ to: links.run, params: { workspace, id } }) },
    )
  }

  return (
    <div className="flex max-w-2xl flex-col gap-5 pb-10">
      <SchemaForm id={formId} schema={schema} args={args} onChange={setArgs} onSubmit={start} />
      {run.error && <ProblemNote title="It did not start." {...describeError(run.error)} />}
      <div>
        <Button
          type="submit"
          form={formId}
          look="primary"
          size="form"
          disabled={run.isPending}
          title={shortcutText('mod+enter', isMac)}
        >
          <Play size={16} aria-hidden /> Run
        </Button>
      </div>
    </div>
  )
}
