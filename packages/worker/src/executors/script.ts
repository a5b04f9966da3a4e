import { findScriptVersion, type ScriptVersion } from '@millrace/db'
import { errorResult, type ClaimedJob, type Outcome, type RunContext, type RunEnd as JobEnd } from '@millrace/queue'
import {
  findPackagedRuntime,
  findRuntime,
  readVolumes,
  type FoundToolchain,
  type ProcessRuntime,
  type QueryRuntime,
  type Runtime,
  type Toolchain,
} from '@millrace/runtimes'
import type { Vault } from '@millrace/vault'
import { contextualEnvironment, type EnvironmentContext } from '../environment.ts'
import { failed, type Run, type RunEnd } from '../launch/index.ts'
import { LruMap } from '../lru-map.ts'
import type { QueryLauncher } from '../query/query-launcher.ts'
import type { SharedFolders } from '../shared-folders.ts'
import { resolveArgs } from '../resolve-args.ts'
import { cachedRun } from './cached-run.ts'
import type { Completed, CompletionTools, SourceCompleter } from './complete-source.ts'
import type { Executor } from './executor.ts'
import { followRun, TimeLimit, type FollowTools } from './follow-run.ts'
import { startQuery } from './start-query.ts'
import { Streamed } from './streamed.ts'
import { overWith, runWorkflow, taskCacheJob, type Round, type RoundEnd, type WorkflowTools } from './workflow.ts'

const VERSIONS_KEPT = 500

/** What running scripts takes. */
export interface ScriptTools extends CompletionTools, WorkflowTools, FollowTools {
  readonly vault: Vault
  readonly queries: QueryLauncher
  readonly sharedFolders: Pick<SharedFolders, 'pathOf'>
  /** The toolchain of a runtime on this host; asked once, and again while it is missing. */
  findToolchain(runtime: Runtime): Promise<Toolchain>
  readonly environment: EnvironmentContext
  readonly timeoutMs: number
}

/** Runs a deployed version of a script. */
export function script(tools: ScriptTools, completer: SourceCompleter): Executor {
  const versions = new LruMap<string, ScriptVersion>(VERSIONS_KEPT)

  async function load(job: ClaimedJob): Promise<ScriptVersion | undefined> {
    const key = `${job.workspaceId}/${job.scriptHash}`
    const known = versions.get(key)
    // Its lock may be made anew; the job says how often it was.
    if (known && known.lockRevision >= (job.options.lockRevision ?? 0)) return known
    const version = await findScriptVersion(tools.db, job.workspaceId, job.scriptHash ?? '')
    // One without a lock may be given one at any time, if its language has locks.
    if (version && (version.lock !== undefined || !findPackagedRuntime(version.language))) versions.set(key, version)
    return version
  }

  return {
    kind: 'script',
    placesFor: (job) => (isDedicated(job) ? tools.launcher.placesBehind(dedicationOf(job)) : 0),
    recall: () => tools.launcher.recall(),
    async execute(job, context) {
      const source = await load(job)
      if (!source) return failure('NotFound', `Version ${job.scriptHash} of ${job.scriptPath} is not there any more.`)
      if (source.lock === undefined && findPackagedRuntime(source.language))
        context.log.write('this version has no lock yet: its packages are pinned for this run alone\n')
      const findCode = () => tellCode(completer, job, source)
      return await cachedRun(tools.db, { job: await taskCacheJob(tools, job), context, findCode }, () =>
        runSource({ tools, completer, job, context, source }),
      )
    },
  }
}

/** Stands for a version with its packages and the scripts that it imports, as they serve at this moment. */
async function tellCode(
  completer: SourceCompleter,
  job: ClaimedJob,
  { content, language, lock }: Source,
): Promise<string | undefined> {
  const runtime = findRuntime(language)
  if (!runtime) return undefined
  if (runtime.kind === 'query') return runtime.id
  const source = { workspace: job.workspaceId, content, path: job.scriptPath, lock }
  const gathered = await completer.gather(source, { runtime, onLog: () => undefined })
  return gathered.ok ? `${gathered.key} ${lock ?? 'none'}` : undefined
}

/** Runs code that was sent with the job. */
export function preview(tools: ScriptTools, completer: SourceCompleter): Executor {
  return {
    kind: 'preview',
    async execute(job, context) {
      const { lock } = job.options
      const source = { content: job.rawCode ?? '', language: job.language ?? '', lock }
      const findCode = async () => {
        const code = await tellCode(completer, job, source)
        return code && `${source.language} ${code} ${source.content}`
      }
      return await cachedRun(tools.db, { job: await taskCacheJob(tools, job), context, findCode }, () =>
        runSource({ tools, completer, job, context, source }),
      )
    },
  }
}

interface SourceRun {
  readonly tools: ScriptTools
  readonly completer: SourceCompleter
  readonly job: ClaimedJob
  readonly context: RunContext
  readonly source: Source
}

type Source = Pick<ScriptVersion, 'content' | 'language' | 'lock'> & Partial<Pick<ScriptVersion, 'lockKey'>>

async function runSource(run: SourceRun): Promise<JobEnd> {
  const { tools, source } = run
  const runtime = findRuntime(source.language)
  if (!runtime) return failure('UnknownLanguage', `This worker does not know the language "${source.language}".`)
  const toolchain = await tools.findToolchain(runtime)
  if (!toolchain.found) return failure('ToolchainMissing', `${toolchain.problem} ${toolchain.remedy}`)
  if (runtime.kind === 'process' && runtime.mayBeWorkflow?.(source.content))
    return await runWorkflow(tools, run, (round) => runProcess({ ...run, ...round }, runtime, toolchain))
  if (runtime.kind === 'process') return overWith(await runProcess(run, runtime, toolchain))
  return await runQuery(run, runtime, toolchain)
}

async function runQuery(
  { tools, job, context, source }: SourceRun,
  runtime: QueryRuntime,
  toolchain: FoundToolchain,
): Promise<JobEnd> {
  const args = await resolveArgs(tools, job)
  if (!args.ok) return failure('UnresolvedArgument', args.error)
  const query = { tools, runtime, toolchain, job, context, content: source.content, args: args.value }
  const started = await startQuery(query)
  if (!started.ok) return failure(started.error.name, started.error.message)
  return overWith(await followRun(tools, { job, context, run: started.value, limit: limitOf(tools, job) }))
}

async function runProcess(
  { tools, completer, job, context, source, checkpoint, onStep }: SourceRun & Partial<Round>,
  runtime: ProcessRuntime,
  toolchain: FoundToolchain,
): Promise<RoundEnd> {
  const args = await resolveArgs(tools, job)
  if (!args.ok) return failure('UnresolvedArgument', args.error)
  const volumes = readVolumes(source.content)
  if (!volumes.ok) return failure('VolumeError', volumes.error)
  const onLog = (text: string) => context.log.write(text)
  const bare = { ...source, workspace: job.workspaceId, path: job.scriptPath }
  const streamed = new Streamed()
  const limit = limitOf(tools, job)
  const run = startWhen(
    (signal) => completer.complete(bare, { runtime, toolchain, signal, onLog }),
    ({ prepared, install }) =>
      tools.launcher.run({
        runtime,
        prepared,
        install,
        toolchain,
        input: { args: args.value, env: contextualEnvironment(job, tools.environment), workflow: checkpoint },
        limits: tools.limits,
        workspace: job.workspaceId,
        volumes: volumes.value,
        user: { jobId: job.id, username: job.createdBy },
        sharedFolder: job.options.together && tools.sharedFolders.pathOf(job.options.together),
        network: job.options.network ?? 'host',
        dedicatedTo: isDedicated(job) ? dedicationOf(job) : undefined,
        onWait: () => limit.stop(),
        onBegin() {
          context.begin()
          limit.start()
        },
        onLog,
        ...(onStep && { onStep }),
        onStream: (text) => {
          streamed.add(text)
          context.stream(text)
        },
      }),
  )
  const end = await followRun(tools, { job, context, run, limit })
  return end.status === 'suspended' || end.status === 'unbegun' ? end : streamed.addTo(end)
}

/** A run that begins when its source is complete; a kill before that ends the completion. */
function startWhen(
  complete: (signal: AbortSignal) => Promise<Completed>,
  start: (completed: Completed & { readonly ok: true }) => Run,
): Run {
  const stop = new AbortController()
  let run: Run | undefined
  const begin = async (): Promise<RunEnd> => {
    const completed = await complete(stop.signal)
    if (!completed.ok) return { outcome: completed.outcome, exit: undefined }
    if (stop.signal.aborted)
      return { outcome: failed('Canceled', 'the job was ended before it began'), exit: undefined }
    run = start(completed)
    return await run.ended
  }
  return {
    ended: begin(),
    kill(signal) {
      stop.abort()
      run?.kill(signal)
    },
  }
}

/** Whether its script has workers of its own, which its tag names. */
function isDedicated(job: ClaimedJob): boolean {
  return job.tag === `${job.workspaceId}:${job.scriptPath}`
}

/** What the launcher calls the processes of its version. */
function dedicationOf(job: ClaimedJob): string {
  return `${job.workspaceId}/${job.scriptHash}`
}

function limitOf({ timeoutMs }: ScriptTools, job: ClaimedJob): TimeLimit {
  return new TimeLimit(job.timeoutMs ?? timeoutMs)
}

function failure(name: string, message: string): Outcome {
  return { status: 'failure', resultJson: errorResult(name, message) }
}
