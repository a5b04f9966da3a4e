import type { ErrorComponentProps } from '@tanstack/react-router'
import { describeError } from '../data/client.ts'
import { Button } from '../ui/button.tsx'
import { ProblemNote } from '../ui/problem-note.tsx'

export function PageProblem({ error, reset }: ErrorComponentProps) {
  return (
    <div className="mx-auto flex max-w-2xl flex-col items-start gap-3 p-6">
      <ProblemNote title="This page cannot be shown." {...describeError(error)} />
      <Button onClick={reset}>Try again</Button>
    </div>
  )
}
