import type { ClaimedJob, Queue, RunContext } from '@millrace/queue'
import { findPackagedRuntime, findRuntime } from '@millrace/runtimes'
import type { RunError, RunOutcome } from '../launch/index.ts'
import type { BareSource, SourceCompleter } from './complete-source.ts'
import type { ScriptTools } from './script.ts'

/** UTF-16 units of what is kept of an error. */
export const ERROR_LENGTH_MAX = 20_000

/** What making locks takes. */
export interface LockTools extends Pick<ScriptTools, 'db' | 'findToolchain' | 'markCancel'> {
  readonly queue: Queue
}

/** A job that makes locks. */
export interface Locking {
  readonly tools: LockTools
  readonly completer: SourceCompleter
  readonly job: ClaimedJob
  readonly context: RunContext
}

/** What is locked; its path says what it imports by relative paths. */
export interface LockedSource {
  readonly content: string
  readonly language: string
  readonly path: string | undefined
}

/** `key` stands for what the lock is made for. */
export type Made =
  { readonly ok: true; readonly lock: string; readonly key: string } | { readonly ok: false; readonly error: RunError }

/** Makes the lock of a source, empty in a language without packages; undefined `manifests` are those of the workspace. Registries are asked afresh, whatever they said before. */
export async function makeLock(
  { tools, completer, job, context }: Locking,
  { content, language, path }: LockedSource,
  manifests: Readonly<Record<string, string>> | undefined,
): Promise<Made> {
  const runtime = findPackagedRuntime(language)
  if (!findRuntime(language)) return refused('UnknownLanguage', `This worker does not know the language "${language}".`)
  if (!runtime) return { ok: true, lock: '', key: '' }
  const toolchain = await tools.findToolchain(runtime)
  if (!toolchain.found) return refused('ToolchainMissing', `${toolchain.problem} ${toolchain.remedy}`)
  const source: BareSource = { workspace: job.workspaceId, content, path, lock: undefined }
  const onLog = (text: string) => context.log.write(text)
  const completion = { runtime, toolchain, signal: context.signal, onLog }
  const gathered = await completer.gather(source, completion)
  const wish = { fresh: true, manifests }
  if (!gathered.ok) return { ok: false, error: errorOf(gathered.outcome) }
  const made = await completer.pin(job.workspaceId, gathered.script, completion, wish)
  if (!made.ok) return { ok: false, error: errorOf(made.outcome) }
  onLog(made.lock === '' ? 'it needs no packages\n' : `${made.lock.trimEnd()}\n`)
  return { ...made, key: gathered.key }
}

function errorOf(outcome: RunOutcome): RunError {
  return outcome.kind === 'error' ? outcome.error : { name: 'ResolveError', message: 'the step left no lock' }
}

function refused(name: string, message: string): Made {
  return { ok: false, error: { name, message } }
}
