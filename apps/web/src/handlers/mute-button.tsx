import { Bell, BellOff } from 'lucide-react'
import { describeError } from '../data/client.ts'
import { useMute } from '../data/handlers.ts'
import { Button } from '../ui/button.tsx'
import { showToast } from '../ui/toast.tsx'

interface MuteButtonProps {
  readonly workspace: string
  readonly kind: 'script' | 'flow'
  readonly path: string
  readonly isMuted: boolean
}

/** Whether error handlers are told of failures of a script or a flow. */
export function MuteButton({ workspace, kind, path, isMuted }: MuteButtonProps) {
  const mute = useMute(workspace)
  const change = () =>
    mute.mutate(
      { kind, path, muted: !isMuted },
      {
        onSuccess: () =>
          showToast(isMuted ? 'Error handlers are told of failures' : 'Error handlers are not told of failures'),
        onError: (error) => showToast('It could not be changed.', { detail: describeError(error).message }),
      },
    )
  return (
    <Button
      onClick={change}
      disabled={mute.isPending}
      title={isMuted ? 'Error handlers are not told of failures' : 'Error handlers are told of failures'}
    >
      {isMuted ? <BellOff size={14} aria-hidden /> : <Bell size={14} aria-hidden />} {isMuted ? 'Muted' : 'Mute errors'}
    </Button>
  )
}
