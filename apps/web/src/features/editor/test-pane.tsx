import type { FormSchema } from '@millrace/contracts'
import { FlaskConical, Square } from 'lucide-react'
import type { ReactNode } from 'react'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { describeError } from '../../data/client.ts'
import type { Args } from '../../data/jobs.ts'
import { SchemaForm } from '../../schema-form/schema-form.tsx'
import { Button } from '../../ui/button.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'

interface TestPaneProps {
  readonly formId: string
  readonly schema: FormSchema | undefined
  readonly args: Args
  readonly onArgs: (args: Args) => void
  readonly onTest: (args: Args) => void
  readonly isStarting: boolean
  /** Given while a test can be stopped. */
  readonly onCancel: (() => void) | undefined
  readonly error: unknown
  /** Summary, result and log of the last test. */
  readonly output: ReactNode
}

/** The form of the code as it is typed, and what a test of it did. */
export function TestPane(props: TestPaneProps) {
  return (
    <div className="flex h-full flex-col gap-4 overflow-y-auto p-4">
      <div className="flex items-center gap-2">
        <h2 className="flex-1 text-sm font-medium">Test</h2>
        {props.onCancel && (
          <Button look="danger" onClick={props.onCancel}>
            <Square size={12} aria-hidden /> Cancel run
          </Button>
        )}
        <Button type="submit" form={props.formId} disabled={props.isStarting} title={shortcutText('mod+enter', isMac)}>
          <FlaskConical size={14} aria-hidden /> Test
        </Button>
      </div>
      {props.schema ? (
        <SchemaForm
          id={props.formId}
          schema={props.schema}
          args={props.args}
          onChange={props.onArgs}
          onSubmit={props.onTest}
        />
      ) : (
        <Skeleton rows={2} />
      )}
      {props.error !== null && props.error !== undefined && (
        <ProblemNote title="The test did not start." {...describeError(props.error)} />
      )}
      {props.output}
    </div>
  )
}
