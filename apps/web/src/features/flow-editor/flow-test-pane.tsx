import type { FormSchema } from '@millrace/contracts'
import { FlaskConical, Square } from 'lucide-react'
import type { ReactNode } from 'react'
import { isMac } from '../../actions/platform.ts'
import { shortcutText } from '../../actions/shortcut.ts'
import { describeError } from '../../data/client.ts'
import type { Args } from '../../data/jobs.ts'
import { SchemaForm } from '../../schema-form/schema-form.tsx'
import { Button } from '../../ui/button.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'
import type { useFlowTest } from './use-flow-test.ts'

interface FlowTestPaneProps {
  readonly formId: string
  readonly schema: FormSchema
  readonly args: Args
  readonly onArgs: (args: Args) => void
  readonly onTest: (args: Args) => void
  readonly test: ReturnType<typeof useFlowTest>
  /** What the last test gave. */
  readonly output: ReactNode
}

/** The form of the document as it is typed, and what a test of it did. */
export function FlowTestPane({ formId, schema, args, onArgs, onTest, test, output }: FlowTestPaneProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
      <SchemaForm id={formId} schema={schema} args={args} onChange={onArgs} onSubmit={onTest} />
      <div className="flex gap-2">
        <Button type="submit" form={formId} disabled={test.isStarting} title={shortcutText('mod+enter', isMac)}>
          <FlaskConical size={14} aria-hidden /> Test flow
        </Button>
        {test.cancel && (
          <Button look="danger" onClick={test.cancel}>
            <Square size={12} aria-hidden /> Cancel run
          </Button>
        )}
      </div>
      {test.error !== null && <ProblemNote title="The test did not start." {...describeError(test.error)} />}
      {output}
    </div>
  )
}
