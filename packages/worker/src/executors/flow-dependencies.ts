import { inWorkspace } from '@millrace/db'
import { letFlowServe } from '@millrace/db/tables/flow'
import { keepFlowDefinition } from '@millrace/db/tables/flow-definition'
import { findFlowLockState, storeFlowLockError, storeFlowLocks } from '@millrace/db/tables/flow-lock'
import { definitionOf, inlineScripts, mapModules } from '@millrace/flow'
import { findOwnImports, loadGrammars, type PlacedSource } from '@millrace/runtimes'
import { errorResult, type ClaimedJob, type Outcome, type StopReason } from '@millrace/queue'
import type { RunError } from '../launch/index.ts'
import type { SourceCompleter } from './complete-source.ts'
import type { Executor } from './executor.ts'
import { ERROR_LENGTH_MAX, makeLock, type Locking, type LockTools } from './make-lock.ts'

type Locked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: RunError }

/**
 * Locks the inline scripts of a flow that have no lock, or import something that has changed (argument `imported`): of a deployed version
 * (`version`), which serves from then on in place of the one that served meanwhile, or of a document that was sent with the job (`flow_value`).
 */
export function flowDependencies(tools: LockTools, completer: SourceCompleter): Executor {
  return {
    kind: 'flowdependencies',
    async execute(job, context) {
      const locking: Locking = { tools, completer, job, context }
      const { version, flow_value: sent } = readArgs(job)
      if (typeof version === 'number') return await lockVersion(locking, version)
      const locked = await lockDocument(locking, sent)
      return locked.ok ? success({ updated_flow_value: locked.value }) : failure(locked.error)
    },
  }
}

async function lockVersion(locking: Locking, version: number): Promise<Outcome> {
  const { tools, job, context } = locking
  const { db } = tools
  const { workspaceId, id } = job
  const state = await inWorkspace(db, workspaceId, (tx) => findFlowLockState(tx, workspaceId, version))
  if (!state)
    return failure({ name: 'NotFound', message: `Version ${version} of ${job.scriptPath} is not there any more.` })
  const locked = await lockDocument(locking, state.value)
  if (!locked.ok) {
    const stopped: StopReason | undefined = context.signal.aborted ? context.signal.reason : undefined
    if (stopped?.kind === 'cancel') tools.markCancel(id, 'killed_at')
    if (stopped?.kind !== 'lease_lost') {
      const error = locked.error.message.slice(0, ERROR_LENGTH_MAX)
      await inWorkspace(db, workspaceId, (tx) => storeFlowLockError(tx, workspaceId, { id: version, job: id, error }))
    }
    return failure(locked.error)
  }
  const definition = definitionOf(locked.value)
  const isKept = await inWorkspace(db, workspaceId, async (tx) => {
    await keepFlowDefinition(tx, workspaceId, definition)
    const isOurs = await storeFlowLocks(tx, workspaceId, { id: version, job: id, hash: definition.hash })
    if (isOurs) await letFlowServe(tx, workspaceId, version)
    return isOurs
  })
  if (!isKept) context.log.write('not kept: the flow was deleted, or another job locks this version\n')
  return success({ updated_flow_value: locked.value })
}

/** The document with a lock in each inline script; the error names the module. */
async function lockDocument(locking: Locking, document: unknown): Promise<Locked> {
  const { job, context } = locking
  const locks = new Map<string, string>()
  const { imported } = readArgs(job)
  if (imported.length > 0) await loadGrammars()
  for (const { id, place, content, language, path, lock } of inlineScripts(document, job.scriptPath)) {
    if (lock !== undefined && !importsOne({ content, language, path: path ?? '' }, imported)) continue
    context.log.write(`${id}: ${language}\n`)
    const made = await makeLock(locking, { content, language, path }, undefined)
    if (!made.ok) return { ok: false, error: { ...made.error, message: `module ${id}: ${made.error.message}` } }
    locks.set(place, made.lock)
  }
  const value = mapModules(document, ({ path, value: step }) => {
    const lock = locks.get(path)
    return lock === undefined ? undefined : { ...step, lock }
  })
  return { ok: true, value }
}

function importsOne(source: PlacedSource, imported: readonly unknown[]): boolean {
  return imported.length > 0 && findOwnImports(source).some((name) => imported.includes(name))
}

interface Args {
  readonly version?: unknown
  readonly flow_value?: unknown
  readonly imported: readonly unknown[]
}

function readArgs(job: ClaimedJob): Args {
  const args: unknown = JSON.parse(job.argsJson ?? '{}')
  if (typeof args !== 'object' || args === null) return { imported: [] }
  return { ...args, imported: 'imported' in args && Array.isArray(args.imported) ? args.imported : [] }
}

function success(result: unknown): Outcome {
  return { status: 'success', resultJson: JSON.stringify(result) }
}

function failure({ name, message }: RunError): Outcome {
  return { status: 'failure', resultJson: errorResult(name, message) }
}
