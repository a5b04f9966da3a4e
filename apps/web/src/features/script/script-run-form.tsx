import type { Script } from '@millrace/contracts'
import { useRunScript, type Args } from '../../data/jobs.ts'
import { RunForm } from '../../schema-form/run-form.tsx'

interface ScriptRunFormProps {
  readonly workspace: string
  readonly script: Script
  /** A version that is not the newest runs by its hash. */
  readonly isOldVersion: boolean
  /** Filled in before the defaults, for another run of the same. */
  readonly args: Args | undefined
}

/** The form of a script. */
export function ScriptRunForm({ workspace, script, isOldVersion, args }: ScriptRunFormProps) {
  const { isPending, error, mutate } = useRunScript(workspace)
  const start = (valid: Args, onSuccess: (id: string) => void) =>
    mutate({ path: script.path, args: valid, ...(isOldVersion && { hash: script.hash }) }, { onSuccess })
  return <RunForm workspace={workspace} schema={script.schema} args={args} starter={{ isPending, error, start }} />
}
