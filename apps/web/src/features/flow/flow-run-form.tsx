import type { Flow } from '@millrace/contracts'
import { useRunFlow } from '../../data/flows.ts'
import type { Args } from '../../data/jobs.ts'
import { RunForm } from '../../schema-form/run-form.tsx'

interface FlowRunFormProps {
  readonly workspace: string
  readonly flow: Flow
  /** A version that is not the newest runs by its number. */
  readonly isOldVersion: boolean
  /** Filled in before the defaults, for another run of the same. */
  readonly args: Args | undefined
}

/** The form of a flow. */
export function FlowRunForm({ workspace, flow, isOldVersion, args }: FlowRunFormProps) {
  const { isPending, error, mutate } = useRunFlow(workspace)
  const start = (valid: Args, onSuccess: (id: string) => void) =>
    mutate({ path: flow.path, args: valid, ...(isOldVersion && { version: flow.version_id }) }, { onSuccess })
  return <RunForm workspace={workspace} schema={flow.schema} args={args} starter={{ isPending, error, start }} />
}
