import type { Job } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Wrench } from 'lucide-react'
import { useState } from 'react'
import { failureQuery, fixesQuery } from '../../../data/flow-fixes.ts'
import { useIsOperator } from '../../../data/member.ts'
import type { FlowStep, FlowTree } from '../../../flow-graph/core/flow-tree.ts'
import { walkSteps } from '../../../flow-graph/core/flow-tree.ts'
import { Button } from '../../../ui/button.tsx'
import { FixAudit } from './fix-audit.tsx'
import { FixForm } from './fix-form.tsx'

interface FixNoteProps {
  readonly workspace: string
  readonly job: Job
  readonly tree: FlowTree
  /** The step that is looked at. */
  readonly step: FlowStep | undefined
}

/** Of a run that failed: the way to change something and go on; of any run, what was changed and by whom. */
export function FixNote({ workspace, job, tree, step }: FixNoteProps) {
  const isRun = job.job_kind === 'flow' || job.job_kind === 'flowpreview'
  const hasFailed = job.type === 'CompletedJob' && !job.success
  const isOperator = useIsOperator(workspace)
  const { data: fixes } = useQuery({ ...fixesQuery(workspace, job.id), enabled: isRun })
  const { data: failure } = useQuery({ ...failureQuery(workspace, job.id), enabled: isRun && hasFailed })
  const [isOpen, setOpen] = useState(false)
  const failed = [...walkSteps(tree)].find(({ id }) => id !== '' && id === failure?.step_id)
  const shown = step ?? failed
  const isContinued = fixes?.some(({ run }) => run === job.id) === true
  const mayFix = failure && !isContinued && !isOperator
  if (!mayFix && !fixes?.length) return null
  return (
    <section aria-label="Fix and continue" className="flex flex-col gap-3 rounded-md border border-line p-3">
      {fixes?.map((fix) => (
        <FixAudit key={fix.run} workspace={workspace} fix={fix} isOf={job.id} />
      ))}
      {mayFix && (
        <div className="flex flex-wrap items-center gap-3">
          <p className="min-w-0 flex-1 text-sm">
            {failure.step_id === undefined ? 'The run failed: ' : `Step ${failure.step_id} failed: `}
            <span className="break-words text-failed">{failure.error.message || failure.error.name}</span>
          </p>
          {!isOpen && (
            <Button onClick={() => setOpen(true)}>
              <Wrench size={14} aria-hidden /> Fix and continue
            </Button>
          )}
        </div>
      )}
      {mayFix && isOpen && (
        <FixForm
          key={shown?.key}
          workspace={workspace}
          id={job.id}
          step={shown}
          alike={failure.alike}
          onClose={() => setOpen(false)}
        />
      )}
    </section>
  )
}
