import { err, ok, type Result } from '@millrace/base/result'
import { ScriptOptions } from '@millrace/contracts'
import type { Database } from '@millrace/db'
import { findScriptByHash, findServingScript, type ScriptRow } from '@millrace/db/tables/script'
import { fillTemplate, jobOptions, type JobOptions, type NewJob, type Queue } from '@millrace/queue'
import type { Debouncing } from '../core/definition/options.ts'
import type { Ask, FlowError, Runnable } from '../core/protocol.ts'
import { flowLimits } from './flow-limits.ts'
import type { FlowSource, FlowVersion } from './flow-source.ts'
import type { Frame } from './frame.ts'

/** The tag of flows that name none. */
export const FLOW_TAG = 'flow'

/** The kind of the jobs that call models and tools of servers for agents, and their tag unless they have another one. */
export const AGENT_KIND = 'aiagent'

/** A job that is made ready: all but its id and who it is to its frame. */
export type PreparedJob = Omit<NewJob, 'id' | 'args'> & { readonly args: Readonly<Record<string, unknown>> }

/** What making jobs takes. */
export interface JobMakerTools {
  readonly db: Database
  readonly queue: Queue
  readonly flows: FlowSource
}

/** What was evaluated for a job; arguments are JSON texts by name. */
export interface JobInputs {
  readonly args: readonly (readonly [string, string])[]
  readonly timeoutS: unknown
}

type Args = Readonly<Record<string, unknown>>

/** Whose job it will be. */
export type JobParent = Pick<Frame, 'id' | 'workspaceId' | 'job'>

/** What of an ask is about the job. */
export type JobAsk = Pick<Extract<Ask, { kind: 'job' }>, 'module' | 'runnable' | 'options'>

type Made = Result<PreparedJob, FlowError>
type Code = Extract<Runnable, { kind: 'code' }>
type ScriptStep = Extract<Runnable, { kind: 'script' }>
type FlowCall = Extract<Runnable, { kind: 'flow' }>

/** Makes the jobs of steps: finds what they run, and says under which tag and limits; whose they are they have from their flow. */
export class JobMaker {
  readonly #tools: JobMakerTools

  constructor(tools: JobMakerTools) {
    this.#tools = tools
  }

  async make(frame: JobParent, ask: JobAsk, inputs: JobInputs): Promise<Made> {
    const timeoutMs = toMs(inputs.timeoutS)
    if (timeoutMs === 'invalid')
      return err({ name: 'TypeError', message: 'the timeout is no positive number: give it in seconds' })
    const { runnable } = ask
    const args = Object.fromEntries(inputs.args.map(([name, json]): [string, unknown] => [name, JSON.parse(json)]))
    const base = { ...inherited(frame, ask), args, ...(timeoutMs !== undefined && { timeoutMs }) }
    switch (runnable.kind) {
      case 'code':
        return ok(this.#codeJob(frame, ask, runnable, base))
      case 'script':
        return await this.#scriptJob(frame, ask, runnable, base)
      case 'flow':
        return await this.#flowJob(frame, ask, runnable, base)
      case 'model':
      case 'mcp':
        return ok(agentJob(frame, ask, runnable, base))
    }
  }

  #codeJob(frame: JobParent, ask: JobAsk, code: Code, base: Base): PreparedJob {
    const { language, content, lock, path, concurrency } = code
    const subject = { workspace: frame.workspaceId, args: base.args }
    const flowPath = frame.job.scriptPath ?? ''
    const options: JobOptions = {
      ...stepOptions(frame, ask, base.args),
      ...(lock !== undefined && { lock }),
      ...(concurrency && {
        concurrency: {
          key: fillTemplate(concurrency.key ?? `$workspace/flow/${flowPath}-${ask.module}`, subject, () => ''),
          limit: concurrency.limit,
          windowS: concurrency.windowS,
        },
      }),
    }
    const scriptPath = path ?? (flowPath === '' ? undefined : `${flowPath}/${ask.module}`)
    return {
      ...base,
      kind: 'preview',
      language,
      rawCode: content,
      ...(scriptPath !== undefined && { scriptPath }),
      tag: tagOf(frame, ask, { own: code.tag, fallback: language }, base.args),
      options,
    }
  }

  async #scriptJob(frame: JobParent, ask: JobAsk, { path, hash, tag }: ScriptStep, base: Base): Promise<Made> {
    const script = await this.#findScript(frame.workspaceId, path, hash)
    if (!script)
      return err({ name: 'NotFound', message: `There is no script ${path} in this workspace that could run.` })
    const { workspaceId: workspace } = frame
    const own = ScriptOptions.parse(script.options)
    const limits = jobOptions(
      // How a step is tried again its flow says.
      { ...own, retry: undefined, restart_unless_cancelled: undefined, debounce_delay_s: undefined },
      {
        workspace,
        path: script.path,
        args: base.args,
        cacheTtlS: ask.options.cacheTtlS,
        lockRevision: script.lock_revision,
      },
    )
    const ownTag = own.dedicated_worker ? `${workspace}:${script.path}` : (script.tag ?? undefined)
    const timeoutMs = base.timeoutMs ?? (script.timeout_s ? script.timeout_s * 1000 : undefined)
    return ok({
      ...base,
      kind: 'script',
      scriptPath: script.path,
      scriptHash: script.hash,
      language: script.language,
      tag: tagOf(frame, ask, { own: tag ?? ownTag, fallback: script.language }, base.args),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(ask.options.priority === undefined && typeof own.priority === 'number' && { priority: own.priority }),
      options: { ...limits, ...stepOptions(frame, ask, base.args) },
      memoryMb: await this.#tools.queue.memoryOf(workspace, script.path),
    })
  }

  async #findScript(workspace: string, path: string, hash: string | undefined): Promise<ScriptRow | undefined> {
    const { kysely } = this.#tools.db
    return await (hash === undefined
      ? findServingScript(kysely, workspace, path)
      : findScriptByHash(kysely, workspace, hash))
  }

  /** One that was deployed meanwhile says its options, and not what runs. */
  async #findFlow(workspace: string, path: string, version: string | undefined): Promise<FlowVersion | undefined> {
    const { flows } = this.#tools
    const serving = await flows.findServing(workspace, path)
    if (!serving || version === undefined || version === serving.version) return serving
    const text = await flows.findDefinition(workspace, version)
    return text === undefined ? undefined : { ...serving, version, id: undefined, value: JSON.parse(text) }
  }

  async #flowJob(frame: JobParent, ask: JobAsk, { path, version }: FlowCall, base: Base): Promise<Made> {
    const flow = await this.#findFlow(frame.workspaceId, path, version)
    if (!flow) return err({ name: 'NotFound', message: `There is no flow ${path} in this workspace that could run.` })
    const { args } = base
    const subject = { workspace: frame.workspaceId, path, args, cacheTtlS: ask.options.cacheTtlS }
    // What a step waits for runs: calls of a flow become one where nobody waits for them.
    const limits = { ...flowLimits(flow.value, subject), debounce: undefined }
    const timeoutMs = base.timeoutMs ?? (flow.timeoutS === undefined ? undefined : flow.timeoutS * 1000)
    const priority = ask.options.priority ?? flow.priority ?? priorityIn(flow.value)
    return ok({
      ...base,
      kind: 'flow',
      scriptPath: path,
      scriptHash: flow.version,
      tag: tagOf(frame, ask, { own: flow.tag, fallback: FLOW_TAG }, args),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(priority !== undefined && { priority }),
      options: {
        ...limits,
        ...stepOptions(frame, ask, args),
        ...(flow.id !== undefined && { flowVersion: flow.id }),
      },
    })
  }
}

/** A call of a model, or of a tool of a server: nothing of it is in a folder, so it runs wherever such jobs do. */
function agentJob(
  frame: JobParent,
  ask: JobAsk,
  { tag, ...call }: Extract<Runnable, { kind: 'model' | 'mcp' }>,
  base: Base,
): PreparedJob {
  const { together: _folder, ...options } = ask.options
  const own = { ...ask, options }
  const { scriptPath: path } = frame.job
  return {
    ...base,
    kind: AGENT_KIND,
    rawCode: JSON.stringify(call),
    ...(path !== undefined && { scriptPath: `${path}/${ask.module}` }),
    tag: tagOf(frame, own, { own: tag, fallback: AGENT_KIND }, base.args),
    options: stepOptions(frame, own, base.args),
  }
}

interface Base extends ReturnType<typeof inherited> {
  readonly args: Readonly<Record<string, unknown>>
  readonly timeoutMs?: number
}

/** What a child has from its frame. */
export function inherited(frame: JobParent, ask: { readonly options: { readonly priority?: number | undefined } }) {
  const { workspaceId, id, job } = frame
  return {
    workspaceId,
    createdBy: job.createdBy,
    email: job.email,
    permissionedAs: job.permissionedAs,
    parentJob: id,
    rootJob: job.rootJob ?? id,
    visibleToOwner: job.visibleToOwner,
    priority: ask.options.priority ?? job.priority,
  }
}

function stepOptions(frame: JobParent, { module, options }: JobAsk, args: Args): JobOptions {
  const { cacheTtlS, deleteAfterS, debouncing, together, called } = options
  const debounce = debouncing && debounceOf(frame, module, debouncing, args)
  return {
    ...(cacheTtlS !== undefined && { cacheTtlS }),
    ...(deleteAfterS !== undefined && { deleteAfterS }),
    ...(debounce && { debounce }),
    ...(together && { together }),
    ...(called && { called }),
  }
}

/** Runs of a flow have a key for each step in common, unless the step has one of its own. */
function debounceOf({ workspaceId: workspace, job }: JobParent, module: string, debouncing: Debouncing, args: Args) {
  const path = job.scriptPath ?? ''
  const key = debouncing.debounce_key || `$workspace/flow/${path}-${module}`
  return jobOptions({ ...debouncing, debounce_key: key }, { workspace, path, args, cacheTtlS: undefined })?.debounce
}

/** Jobs that belong together go where they are; a flow with a tag of its own takes its steps along, but for those with one of theirs where it says so. */
function tagOf(
  { workspaceId: workspace, job }: JobParent,
  { options }: JobAsk,
  { own, fallback }: { readonly own: string | undefined; readonly fallback: string },
  args: Args,
): string {
  if (options.together) return options.together.place
  const isOwn = own !== undefined && own !== '' && (job.tag === FLOW_TAG || options.keepsTag === true)
  if (isOwn) return fillTemplate(own, { workspace, args }, () => '')
  return job.tag === FLOW_TAG ? fallback : job.tag
}

function priorityIn(value: unknown): number | undefined {
  const priority = typeof value === 'object' && value !== null && 'priority' in value ? value.priority : undefined
  return typeof priority === 'number' ? priority : undefined
}

function toMs(seconds: unknown): number | undefined | 'invalid' {
  if (seconds === undefined || seconds === null) return undefined
  if (typeof seconds !== 'number' || !(seconds > 0) || seconds > 2_000_000) return 'invalid'
  return Math.ceil(seconds * 1000)
}
