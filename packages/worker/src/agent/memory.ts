import type { Queryable } from '@millrace/db'
import { findConversation } from '@millrace/db/tables/agent-call'
import { keepMessages, listMessages, type Memory } from '@millrace/db/tables/agent-message'
import type { ClaimedJob } from '@millrace/queue'
import type { AgentInputs } from './inputs.ts'
import { Message } from './protocols/model-protocol.ts'

/** What an agent remembers of its conversation. */
export interface Remembered {
  readonly messages: readonly Message[]
  /** The newest message that it knows. */
  readonly until: string | undefined
  /** Where what is said is kept; undefined where nothing is. */
  readonly memory: Memory | undefined
}

/** Messages of a conversation that are kept. */
const KEPT = 1000
const WINDOW = 20

/** What was said before; calls after the first one know the same of it, whatever is said meanwhile. */
export async function remember(
  db: Queryable,
  job: ClaimedJob,
  { memory, memory_id }: AgentInputs,
  { isFirst, until }: { readonly isFirst: boolean; readonly until: string | undefined },
): Promise<Remembered> {
  const nothing = { messages: [], until: undefined, memory: undefined }
  if (memory?.kind === 'manual')
    return { ...nothing, messages: memory.messages.map(({ role, content }) => ({ role, content })) }
  const limit = memory === undefined || memory.kind === 'off' ? 0 : (memory.context_length ?? WINDOW)
  const { workspaceId: workspace, options } = job
  const memoryId =
    limit === 0 ? undefined : (memory_id ?? (await findConversation(db, workspace, job.rootJob ?? job.id)))
  if (memoryId === undefined || memoryId === '') return nothing
  const step = options.step?.module ?? ''
  const place = { workspace, scope: options.step?.flowPath ?? job.permissionedAs, memoryId, step }
  // A first call that knew of nothing says 0.
  const rows = await listMessages(db, place, { limit, until: isFirst ? undefined : (until ?? '0') })
  const messages = rows.flatMap(({ message }) => {
    const read = Message.safeParse(JSON.parse(message))
    return read.success ? [read.data] : []
  })
  return { messages, until: rows.at(-1)?.id ?? '0', memory: place }
}

/** Keeps what was said to the user and by the user; a call that is made again keeps it once. */
export async function keep(
  db: Queryable,
  job: ClaimedJob,
  memory: Memory,
  messages: readonly Message[],
): Promise<void> {
  const said = messages.filter(
    (message) => message.role === 'user' || (message.role === 'assistant' && message.tool_calls === undefined),
  )
  const { failures = 0 } = job.options.step ?? {}
  const run = `${job.parentJob} ${failures}`
  await keepMessages(db, memory, { run, messages: said.map((message) => JSON.stringify(message)), kept: KEPT })
}
