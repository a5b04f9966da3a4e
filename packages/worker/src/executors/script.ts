import { createHash } from 'node:crypto'
import { findScriptVersion, type Database } from '@millrace/db'
import { errorResult, type ClaimedJob, type Outcome, type RunContext, type StopReason } from '@millrace/queue'
import { findRuntime, type Prepared, type Runtime, type Toolchain } from '@millrace/runtimes'
import type { Limits } from '@millrace/sandbox/spec'
import { contextualEnvironment, type EnvironmentContext } from '../environment.ts'
import type { Launcher, Run } from '../launch/index.ts'
import { LruMap } from '../lru-map.ts'
import { cachedRun } from './cached-run.ts'
import type { Executor } from './executor.ts'
import { Streamed } from './streamed.ts'

const VERSIONS_KEPT = 500

/** What running scripts takes. */
export interface ScriptTools {
  readonly db: Database
  readonly launcher: Launcher
  /** The toolchain of a runtime on this host; asked once, and again while it is missing. */
  findToolchain(runtime: Runtime): Promise<Toolchain>
  readonly environment: EnvironmentContext
  readonly limits: Limits
  readonly timeoutMs: number
  readonly graceMs: number
  markCancel(id: string, column: 'signalled_at' | 'killed_at'): void
}

interface Source {
  readonly content: string
  readonly language: string
}

/** Runs a deployed version of a script. */
export function script(tools: ScriptTools): Executor {
  const versions = new LruMap<string, Source>(VERSIONS_KEPT)
  const prepared = new LruMap<string, Prepared>(VERSIONS_KEPT)

  async function load(job: ClaimedJob): Promise<Source | undefined> {
    const key = `${job.workspaceId}/${job.scriptHash}`
    const known = versions.get(key)
    if (known) return known
    const version = await findScriptVersion(tools.db, job.workspaceId, job.scriptHash ?? '')
    if (version) versions.set(key, version)
    return version
  }

  return {
    kind: 'script',
    ownTag: false,
    async execute(job, context) {
      const source = await load(job)
      if (!source) return failure('NotFound', `Version ${job.scriptHash} of ${job.scriptPath} is not there any more.`)
      return await cachedRun(tools.db, { job, context }, () => runSource({ tools, prepared, job, context, source }))
    },
  }
}

/** Runs code that was sent with the job. */
export function preview(tools: ScriptTools): Executor {
  const prepared = new LruMap<string, Prepared>(VERSIONS_KEPT)
  return {
    kind: 'preview',
    ownTag: false,
    async execute(job, context) {
      const source = { content: job.rawCode ?? '', language: job.language ?? '' }
      return await runSource({ tools, prepared, job, context, source })
    },
  }
}

interface SourceRun {
  readonly tools: ScriptTools
  readonly prepared: LruMap<string, Prepared>
  readonly job: ClaimedJob
  readonly context: RunContext
  readonly source: Source
}

async function runSource({ tools, prepared, job, context, source }: SourceRun): Promise<Outcome> {
  const runtime = findRuntime(source.language)
  if (!runtime) return failure('UnknownLanguage', `This worker does not know the language "${source.language}".`)
  const toolchain = await tools.findToolchain(runtime)
  if (!toolchain.found) return failure('ToolchainMissing', `${toolchain.problem} ${toolchain.remedy}`)
  const key = `${runtime.id}/${createHash('sha256').update(`${job.scriptPath}\0${source.content}`).digest('base64')}`
  let ready = prepared.get(key)
  if (!ready) {
    ready = runtime.prepare({ content: source.content, path: job.scriptPath }, toolchain)
    prepared.set(key, ready)
  }
  const streamed = new Streamed()
  const run = tools.launcher.run({
    runtime,
    prepared: ready,
    toolchain,
    input: { args: parseArgs(job), env: contextualEnvironment(job, tools.environment) },
    limits: tools.limits,
    network: 'host',
    // The tag of a script that has workers of its own.
    isDedicated: job.tag === `${job.workspaceId}:${job.scriptPath}`,
    onLog: (text) => context.log.write(text),
    onStream: (text) => {
      streamed.add(text)
      context.stream(text)
    },
  })
  return streamed.addTo(await follow(tools, job, context, run))
}

/** Waits for the end of a run, and brings it about at its timeout or when the queue says so. */
async function follow(tools: ScriptTools, job: ClaimedJob, context: RunContext, run: Run): Promise<Outcome> {
  const timeoutMs = job.timeoutMs ?? tools.timeoutMs
  let timedOut = false
  let killTimer: NodeJS.Timeout | undefined
  const end = () => {
    const reason: StopReason | undefined = context.signal.aborted ? context.signal.reason : undefined
    const isCancel = reason?.kind === 'cancel'
    if (reason?.kind === 'lease_lost') return run.kill('SIGKILL')
    run.kill('SIGTERM')
    if (isCancel) tools.markCancel(job.id, 'signalled_at')
    killTimer ??= setTimeout(() => {
      run.kill('SIGKILL')
      if (isCancel) tools.markCancel(job.id, 'killed_at')
    }, tools.graceMs)
  }
  const timer = setTimeout(() => {
    timedOut = true
    end()
  }, timeoutMs)
  context.signal.addEventListener('abort', end, { once: true })
  if (context.signal.aborted) end()
  try {
    const { outcome, exit } = await run.ended
    const measured = { memoryPeakBytes: exit?.memoryPeakBytes, cpuMs: exit?.cpuMs }
    if (timedOut) return { ...failure('TimeoutError', `timed out after ${timeoutMs / 1000} s`), ...measured }
    if (outcome.kind === 'result') return { status: 'success', resultJson: outcome.json, ...measured }
    return { status: 'failure', resultJson: JSON.stringify({ error: outcome.error }), ...measured }
  } finally {
    clearTimeout(timer)
    clearTimeout(killTimer)
    context.signal.removeEventListener('abort', end)
  }
}

function parseArgs(job: ClaimedJob): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(job.argsJson ?? '{}')
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function failure(name: string, message: string): Outcome {
  return { status: 'failure', resultJson: errorResult(name, message) }
}
