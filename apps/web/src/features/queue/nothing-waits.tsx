import { useQuery } from '@tanstack/react-query'
import { Clock } from 'lucide-react'
import { describeError } from '../../data/client.ts'
import { languagesQuery } from '../../data/instance.ts'
import { useScheduleExample } from '../../data/queue.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyNote } from '../../ui/empty-note.tsx'
import { showToast } from '../../ui/toast.tsx'

const DELAY_S = 60

/** Every job is done; an example shows what this page is for. */
export function NothingWaits({ workspace }: { readonly workspace: string }) {
  const language = useQuery(languagesQuery).data?.[0]
  const schedule = useScheduleExample(workspace)
  const start = () =>
    language &&
    schedule.mutate(
      { language: language.id, content: language.starter, delayS: DELAY_S },
      {
        onSuccess: () => showToast('The example starts in a minute.'),
        onError: (error) => showToast('The example was not scheduled.', { detail: describeError(error).message }),
      },
    )
  return (
    <EmptyNote title="Nothing waits">
      <p>
        Jobs stand here by tag from when they are asked for until they end. An example in {workspace} that is due in a
        minute shows how.
      </p>
      <Button className="mt-4" onClick={start} disabled={!language || schedule.isPending}>
        <Clock size={14} aria-hidden /> Run an example in a minute
      </Button>
    </EmptyNote>
  )
}
