import type { FlowConversationMessage } from '@millrace/contracts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { SendHorizontal } from 'lucide-react'
import { useEffect, useRef, useState, type SyntheticEvent } from 'react'
import { describeError } from '../../data/client.ts'
import { messagesQuery, useSay } from '../../data/flow-conversations.ts'
import { links } from '../../links.ts'
import { Button } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { inputClass } from '../../ui/input.tsx'
import { ProblemNote } from '../../ui/problem-note.tsx'

interface ConversationProps {
  readonly workspace: string
  readonly path: string
  readonly id: string
  /** Something was said in it. */
  readonly isKnown: boolean
  readonly onSaid: () => void
}

/** What was said, and what to say next. */
export function Conversation({ workspace, path, id, isKnown, onSaid }: ConversationProps) {
  const { data: messages = [], error } = useQuery({ ...messagesQuery(workspace, id), enabled: isKnown })
  const say = useSay(workspace, path)
  const [text, setText] = useState('')
  const last = messages.at(-1)
  const isAnswering = say.isPending || last?.message_type === 'user'
  const fault = say.error ?? error
  const send = (event?: SyntheticEvent) => {
    event?.preventDefault()
    if (text.trim() === '' || isAnswering) return
    say.mutate(
      { conversation: id, text },
      {
        onSuccess: () => {
          setText('')
          onSaid()
        },
      },
    )
  }
  return (
    <section aria-label="Conversation" className="flex min-h-96 min-w-0 flex-1 flex-col rounded-md border border-line">
      <Messages workspace={workspace} messages={messages} isAnswering={isAnswering} />
      {fault && <ProblemNote title="This could not be said." {...describeError(fault)} />}
      <form onSubmit={send} className="flex items-end gap-2 border-t border-line p-2">
        <textarea
          aria-label="Message"
          rows={2}
          value={text}
          placeholder="Say something. Enter sends, Shift+Enter begins a line."
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event)
          }}
          className={classNames(inputClass, 'resize-y py-1.5')}
        />
        <Button type="submit" look="primary" size="form" disabled={isAnswering || text.trim() === ''}>
          <SendHorizontal size={16} aria-hidden />
          Send
        </Button>
      </form>
    </section>
  )
}

interface MessagesProps {
  readonly workspace: string
  readonly messages: readonly FlowConversationMessage[]
  readonly isAnswering: boolean
}

function Messages({ workspace, messages, isAnswering }: MessagesProps) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [messages.length, isAnswering])
  return (
    <div aria-live="polite" className="flex flex-1 flex-col gap-3 overflow-y-auto p-3">
      {messages.length === 0 && !isAnswering && <p className="text-muted">Nothing was said yet.</p>}
      {messages.map((message) => (
        <Message key={message.id} workspace={workspace} message={message} />
      ))}
      {isAnswering && <p className="text-sm text-running">Answering…</p>}
      <div ref={end} />
    </div>
  )
}

function Message({ workspace, message }: { readonly workspace: string; readonly message: FlowConversationMessage }) {
  const { message_type: type, content, success, job_id: job } = message
  const isUser = type === 'user'
  return (
    <div className={classNames('max-w-[72ch]', isUser && 'self-end')}>
      <p
        className={classNames(
          'rounded-md px-3 py-1.5 break-words whitespace-pre-wrap',
          isUser ? 'bg-accent-soft' : 'bg-panel',
          !success && 'bg-failed-soft text-failed',
        )}
      >
        {content}
      </p>
      {!isUser && (
        <Link to={links.run} params={{ workspace, id: job }} className="text-xs text-muted hover:underline">
          Run
        </Link>
      )}
    </div>
  )
}
