import { invariant } from '@millrace/base/invariant'
import type { AgentCallRow } from '@millrace/db/tables/agent-call'
import { z } from 'zod'
import { Message } from './protocols/model-protocol.ts'

const Usage = z.object({ input_tokens: z.number(), output_tokens: z.number() })
export type Usage = z.infer<typeof Usage>

/** A tool that a model called: which one is meant, with which arguments; or why that cannot be, in words for the model. */
const ToolCall = z.object({
  id: z.string(),
  name: z.string(),
  tool: z.string().optional(),
  server_tool: z.string().optional(),
  arguments: z.record(z.string(), z.unknown()).optional(),
  error: z.string().optional(),
})
export type ToolCall = z.infer<typeof ToolCall>

/** The result of a call of a model that is not the last one; the rules of the flow read `calls`. */
const Round = z.object({
  message: Message,
  calls: z.array(ToolCall),
  /** What the model is told because its answer is not what was asked for. */
  again: z.string().optional(),
  usage: Usage,
  /** Of the first one: the newest message of the conversation that it knew. */
  memory_until: z.string().optional(),
})
export type Round = z.infer<typeof Round>

/** What an agent has said and done so far. */
export interface Journal {
  readonly messages: readonly Message[]
  readonly usage: Usage
  /** Calls of the model that ended. */
  readonly rounds: number
  /** How often the model was told that its answer does not match. */
  readonly repeats: number
  readonly memoryUntil: string | undefined
}

/** Of a result, that much is told to the model. */
const RESULT_LENGTH_MAX = 200_000

/** Puts together what was said from the calls before this one; a round is a call of the model and the tools behind it. */
export function readJournal(calls: readonly AgentCallRow[]): Journal {
  const messages: Message[] = []
  let usage: Usage = { input_tokens: 0, output_tokens: 0 }
  let rounds = 0
  let repeats = 0
  let memoryUntil: string | undefined
  for (let at = 0; at < calls.length;) {
    const round = Round.parse(JSON.parse(calls[at]?.result ?? 'null'))
    at += 1
    messages.push(round.message)
    for (const call of round.calls) {
      const ran = mayRun(call) ? calls[at++] : undefined
      invariant(ran !== undefined || !mayRun(call), 'a tool that was called has its job')
      messages.push({ role: 'tool', tool_call_id: call.id, content: ran ? tell(ran) : (call.error ?? '') })
    }
    if (round.again !== undefined) messages.push({ role: 'user', content: round.again })
    usage = addUsage(usage, round.usage)
    rounds += 1
    if (round.again !== undefined) repeats += 1
    memoryUntil ??= round.memory_until
  }
  return { messages, usage, rounds, repeats, memoryUntil }
}

/** Whether a tool is run for it. */
export function mayRun({ tool, error }: ToolCall): boolean {
  return tool !== undefined && error === undefined
}

/** Tokens of both. */
export function addUsage(first: Usage, second: Usage): Usage {
  return {
    input_tokens: first.input_tokens + second.input_tokens,
    output_tokens: first.output_tokens + second.output_tokens,
  }
}

/** What a tool gave, or its error, as a model is told of it. */
function tell({ status, result }: AgentCallRow): string {
  const text = result ?? 'null'
  const value: unknown = JSON.parse(text)
  if (status !== 'success' && status !== 'skipped') return `The tool failed: ${describeError(value)}`
  const said = typeof value === 'string' ? value : text
  if (said.length <= RESULT_LENGTH_MAX) return said
  return `${said.slice(0, RESULT_LENGTH_MAX)}… (cut: it has ${said.length} characters)`
}

function describeError(value: unknown): string {
  const parsed = z.object({ error: z.object({ name: z.string().optional(), message: z.string() }) }).safeParse(value)
  if (!parsed.success) return JSON.stringify(value).slice(0, RESULT_LENGTH_MAX)
  const { name, message } = parsed.data.error
  return name === undefined ? message : `${name}: ${message}`
}
