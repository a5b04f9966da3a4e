import { useQuery } from '@tanstack/react-query'
import { MessageSquarePlus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { describeError } from '../../data/client.ts'
import { conversationsQuery, useForgetConversation } from '../../data/flow-conversations.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { ProblemNote } from '../../ui/problem-note.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { Conversation } from './conversation.tsx'

interface FlowChatProps {
  readonly workspace: string
  readonly path: string
}

/** A flow that is talked with: the conversations that one has with it, and one of them. */
export function FlowChat({ workspace, path }: FlowChatProps) {
  const conversations = useQuery(conversationsQuery(workspace, path))
  const forget = useForgetConversation(workspace)
  const [chosen, setChosen] = useState<string | undefined>()
  const [fresh, setFresh] = useState(() => crypto.randomUUID())
  const shown = chosen ?? fresh
  const error = conversations.error ?? forget.error
  const begin = () => {
    setFresh(crypto.randomUUID())
    setChosen(undefined)
  }
  return (
    <div className="flex min-h-96 flex-1 flex-col gap-3 sm:flex-row">
      <nav
        aria-label="Conversations"
        className="flex max-h-40 shrink-0 flex-col gap-1 overflow-y-auto sm:max-h-none sm:w-56"
      >
        <Button onClick={begin} aria-pressed={chosen === undefined}>
          <MessageSquarePlus size={14} aria-hidden />
          New conversation
        </Button>
        {error && <ProblemNote title="The conversations cannot be shown." {...describeError(error)} />}
        <ul>
          {conversations.data?.map(({ id, title, updated_at: at }) => (
            <li key={id} className={classNames('flex items-center rounded-md', id === shown && 'bg-accent-soft')}>
              <button
                type="button"
                onClick={() => setChosen(id)}
                aria-current={id === shown ? 'true' : undefined}
                className="min-w-0 flex-1 px-2.5 py-1 text-left text-sm"
              >
                <span className="block truncate">{title ?? 'Untitled'}</span>
                <span className="text-xs text-muted">
                  <TimeAgo at={at} />
                </span>
              </button>
              <IconButton
                label={`Forget ${title ?? 'the conversation'}`}
                disabled={forget.isPending}
                onClick={() => forget.mutate(id, { onSuccess: () => (id === shown ? begin() : undefined) })}
              >
                <Trash2 size={14} aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      </nav>
      <Conversation
        key={shown}
        workspace={workspace}
        path={path}
        id={shown}
        isKnown={conversations.data?.some(({ id }) => id === shown) === true}
        onSaid={() => setChosen(shown)}
      />
    </div>
  )
}
