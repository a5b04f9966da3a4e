import { err, ok, type Result } from '@millrace/base/result'
import { listAgentCalls } from '@millrace/db/tables/agent-call'
import type { ClaimedJob } from '@millrace/queue'
import { fetchReply, type Sending } from './fetch-reply.ts'
import { hide, type AgentFault } from './fault.ts'
import { readInputs, type AgentInputs, type Resolve } from './inputs.ts'
import { addUsage, mayRun, readJournal, type Journal, type Round, type Usage } from './journal.ts'
import { keep, remember, type Remembered } from './memory.ts'
import { offerTools, WrittenTools, type OfferedTool } from './offered-tools.ts'
import type { AssistantMessage, Message, ModelAnswer } from './protocols/model-protocol.ts'
import { modelOf, type Model } from './provider.ts'
import { readCalls } from './read-calls.ts'
import { checkOutput, whyNoSchema } from './structured-output.ts'
import type { AgentTools } from './agent-tools.ts'

/** One call of the model of an agent. */
export interface ModelCall {
  readonly tools: AgentTools
  readonly job: ClaimedJob
  readonly resolve: Resolve
  readonly sending: Omit<Sending, 'isRepeatable'>
}

/** What the result of a call is made of. */
interface Asked {
  readonly inputs: AgentInputs
  readonly model: Model
  readonly offered: readonly OfferedTool[]
  readonly journal: Journal
  readonly remembered: Remembered
  readonly messages: readonly Message[]
}

const ITERATIONS = 10
/** Times that a model is told that its answer does not match. */
const REPEATS_MAX = 3

/**
 * Calls the model of an agent once. All that was said before is read from the calls before this one, which are jobs that have ended: so
 * it does not matter which worker makes it, and a call that ended is never made again. Its result is a round that goes on, or the answer.
 */
export async function callModel(call: ModelCall): Promise<Result<unknown, AgentFault>> {
  const asked = await ask(call)
  if (!asked.ok) return asked
  const limit = whySpent(asked.value)
  if (limit) return err(limit)
  const answer = await fetchAnswer(call, asked.value)
  if (!answer.ok) return answer
  return await judge(call, asked.value, answer.value)
}

/** Everything that is known before the model is asked. */
async function ask({ tools, job, resolve, sending }: ModelCall): Promise<Result<Asked, AgentFault>> {
  const { db } = tools
  const { module: step = '', index = 0, failures = 0 } = job.options.step ?? {}
  const { workspaceId: workspace, parentJob: frame = '' } = job
  const calls = index === 0 ? [] : await listAgentCalls(db.kysely, { workspace, frame, step, failures }, index)
  const first = index === 0 ? { args: job.argsJson, raw_code: job.rawCode } : calls[0]
  const inputs = await readInputs(JSON.parse(first?.args ?? '{}'), resolve)
  if (!inputs.ok) return inputs
  const model = modelOf(inputs.value.provider)
  if (!model.ok) return model
  const { output_schema: schema, enabled_tools: enabled } = inputs.value
  const fault = schema && whyNoSchema(schema)
  if (fault !== undefined)
    return err({ name: 'BadAgentInput', message: `output_schema cannot be used to judge answers: ${fault}` })
  const written = WrittenTools.parse(JSON.parse(first?.raw_code ?? '{}').tools ?? [])
  const offered = await offerTools(written, { db, workspace, resolve, sending, enabled })
  if (!offered.ok) return offered
  const journal = readJournal(calls)
  const remembered = await remember(db.kysely, job, inputs.value, { isFirst: index === 0, until: journal.memoryUntil })
  const messages = conversation(inputs.value, remembered, journal)
  return ok({ inputs: inputs.value, model: model.value, offered: offered.value, journal, remembered, messages })
}

function conversation(inputs: AgentInputs, remembered: Remembered, journal: Journal): readonly Message[] {
  const system = systemPrompt(inputs)
  return [
    ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...remembered.messages,
    ...(inputs.previous_messages ?? []).map(({ role, content }): Message => ({ role, content })),
    ...userMessage(inputs),
    ...journal.messages,
  ]
}

function systemPrompt({ system_prompt: prompt, output_schema: schema }: AgentInputs): string {
  if (!schema) return prompt ?? ''
  const rule = `When you have the answer, give it as JSON that matches this JSON Schema, and nothing else: ${JSON.stringify(schema)}`
  return prompt ? `${prompt}\n\n${rule}` : rule
}

function userMessage({ user_message: text }: AgentInputs): readonly Message[] {
  return text === undefined ? [] : [{ role: 'user', content: text }]
}

/** Which limit of the run is reached, so that no further call begins. */
function whySpent({ inputs, model, journal }: Asked): AgentFault | undefined {
  const { max_iterations: iterations = ITERATIONS, max_total_tokens: tokens, max_cost: money } = inputs
  const { rounds, usage } = journal
  if (rounds >= iterations)
    return {
      name: 'MaxIterationsReached',
      message: `the model was called ${rounds} times without an answer: raise max_iterations, or let it do less`,
    }
  const used = usage.input_tokens + usage.output_tokens
  if (tokens !== undefined && used >= tokens)
    return { name: 'TokensSpent', message: `the agent has used ${used} tokens, and max_total_tokens is ${tokens}` }
  const cost = costOf(usage, model) ?? 0
  if (money !== undefined && cost >= money)
    return { name: 'MoneySpent', message: `the agent has cost ${cost.toFixed(6)}, and max_cost is ${money}` }
  return undefined
}

function costOf({ input_tokens, output_tokens }: Usage, { price }: Model): number | undefined {
  if (!price) return undefined
  return (input_tokens * price.input_per_million + output_tokens * price.output_per_million) / 1_000_000
}

async function fetchAnswer(
  { sending }: ModelCall,
  { inputs, model, offered, journal, messages }: Asked,
): Promise<Result<ModelAnswer, AgentFault>> {
  const { protocol, endpoint } = model
  const question = {
    messages,
    tools: offered.map(({ told }) => told),
    temperature: inputs.temperature,
    tokensMax: lengthOf(inputs, journal),
    outputSchema: inputs.output_schema,
  }
  const reply = await fetchReply(protocol.toRequest(endpoint, question), { ...sending, isRepeatable: true })
  if (!reply.ok) return reply
  const answer = protocol.readReply(reply.value.text)
  if (answer.ok) return answer
  const start = hide(reply.value.text.slice(0, 200), endpoint.secrets)
  return err({
    name: 'BadModelReply',
    message: `what the model's server says cannot be read, ${answer.error}: ${start}`,
  })
}

/** An answer is no longer than what is left of the tokens. */
function lengthOf({ max_completion_tokens: own, max_total_tokens: all }: AgentInputs, { usage }: Journal) {
  const left = all === undefined ? undefined : Math.max(1, all - usage.input_tokens - usage.output_tokens)
  if (own === undefined || left === undefined) return own ?? left
  return Math.min(own, left)
}

/** What an answer is: tools to be run, something to be said again, or the end. */
async function judge(
  call: ModelCall,
  asked: Asked,
  { message, usage: counted, isCut }: ModelAnswer,
): Promise<Result<unknown, AgentFault>> {
  const { inputs, offered, journal, remembered } = asked
  const usage = { input_tokens: counted.input, output_tokens: counted.output }
  const calls = readCalls(message, offered)
  const toRun = calls.filter(mayRun).length
  call.sending.onLog(
    `${inputs.provider.model}: ${usage.input_tokens} tokens in, ${usage.output_tokens} out; ` +
      `${calls.length} tools called${toRun < calls.length ? `, ${calls.length - toRun} of them in vain` : ''}\n`,
  )
  const known = journal.rounds === 0 && remembered.until !== undefined && { memory_until: remembered.until }
  if (calls.length > 0) return ok({ message, calls, usage, ...known } satisfies Round)
  const text = message.content ?? ''
  const schema = inputs.output_schema
  if (!schema) return await finish(call, asked, { message, usage, output: text, isCut })
  const checked = checkOutput(schema, text)
  if (checked.ok) return await finish(call, asked, { message, usage, output: checked.value, isCut })
  if (journal.repeats >= REPEATS_MAX)
    return err({ name: 'OutputMismatch', message: `the model was told ${REPEATS_MAX} times: ${checked.message}` })
  return ok({ message, calls: [], again: checked.message, usage, ...known } satisfies Round)
}

interface Final {
  readonly message: AssistantMessage
  readonly usage: Usage
  readonly output: unknown
  readonly isCut: boolean
}

async function finish(
  { tools, job }: ModelCall,
  { inputs, model, journal, remembered }: Asked,
  { message, usage, output, isCut }: Final,
): Promise<Result<unknown, AgentFault>> {
  const messages = [...userMessage(inputs), ...journal.messages, message]
  if (remembered.memory) await keep(tools.db.kysely, job, remembered.memory, messages)
  const total = addUsage(journal.usage, usage)
  const cost = costOf(total, model)
  return ok({
    output,
    messages,
    usage: {
      ...total,
      total_tokens: total.input_tokens + total.output_tokens,
      iterations: journal.rounds + 1,
      ...(cost !== undefined && { cost }),
    },
    ...(isCut && { is_cut: true }),
  })
}
