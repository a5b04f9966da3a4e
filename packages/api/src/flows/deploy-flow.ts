import { Problem } from '@millrace/base/problem'
import { FlowOptions, type EditFlow } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import { keepFlowDefinition } from '@millrace/db/tables/flow-definition'
import { findFlow, insertFlowVersion, lockFlowPaths, moveFlow } from '@millrace/db/tables/flow'
import { definitionOf, walkModules } from '@millrace/flow'
import { enqueueFlowLock } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'
import { requireWritablePath } from '../policy/paths.ts'
import { lockedFor } from '../scripts/locked-for.ts'
import { refuseCycle } from './check-flow.ts'
import { lockAtOnce } from './needed-locks.ts'

/** Who deploys, and the queue for what is to be done then. */
type Deployer = Pick<WorkspaceContext, 'workspace' | 'member' | 'caller' | 'queue'>

/** A deployment that is written, but not committed yet. */
export interface Deployment {
  readonly version: number
  /** Tells workers of the jobs that came of it; to be called after the commit. */
  announce(): void
}

/** Deploys the first version of a flow; throws `flow.path_taken`. A flow that was archived here goes on with it. */
export async function createFlow(
  tx: WorkspaceTransaction,
  cx: Deployer,
  path: string,
  flow: EditFlow,
): Promise<Deployment> {
  requireWritablePath(cx.member, path)
  await lockFlowPaths(tx, cx.workspace, [path])
  const before = await findFlow(tx, { workspace: cx.workspace, path })
  if (before && !before.archived) throw taken(path)
  return await putVersion(tx, cx, path, flow)
}

/** Deploys a new version; throws `flow.not_found`, `flow.stale_parent`, and `flow.path_taken` where it moves to another flow's path. */
export async function updateFlow(
  tx: WorkspaceTransaction,
  cx: Deployer,
  path: string,
  flow: EditFlow,
): Promise<Deployment> {
  const { workspace } = cx
  const to = flow.path ?? path
  requireWritablePath(cx.member, path)
  if (to !== path) requireWritablePath(cx.member, to)
  await lockFlowPaths(tx, workspace, [path, to])
  const before = (await findFlow(tx, { workspace, path })) ?? missing(path)
  const parent = flow.parent_version ?? before.id
  if (parent !== before.id)
    throw new Problem(
      'flow.stale_parent',
      `Version ${parent} is not the newest one of ${path}, which is ${before.id}: read it again and merge.`,
      { detail: { version: before.id } },
    )
  if (to !== path) {
    if (await findFlow(tx, { workspace, path: to })) throw taken(to)
    await moveFlow(tx, { workspace, path }, to)
  }
  return await putVersion(tx, cx, to, flow)
}

/** Throws `flow.not_found`. */
export function missing(name: string | number): never {
  throw new Problem('flow.not_found', `There is no flow ${String(name).slice(0, 300)} in this workspace.`)
}

async function putVersion(tx: WorkspaceTransaction, cx: Deployer, path: string, flow: EditFlow): Promise<Deployment> {
  await refuseCycle(tx, { workspace: cx.workspace, path }, flow.value)
  const { value, imports, needsJob } = await lockAtOnce(tx, { workspace: cx.workspace, path }, flow.value)
  const definition = definitionOf(value)
  await keepFlowDefinition(tx, cx.workspace, definition)
  const version = await insertFlowVersion(
    tx,
    {
      workspace_id: cx.workspace,
      path,
      hash: definition.hash,
      summary: flow.summary ?? '',
      description: flow.description ?? '',
      ...(flow.schema && { schema: JSON.stringify(flow.schema) }),
      options: JSON.stringify(optionsOf(flow)),
      steps: [...stepsOf(flow.value)],
      imports: [...imports],
      deployment_message: flow.deployment_message ?? null,
      created_by: cx.member.username,
    },
    { waits: needsJob },
  )
  if (!needsJob) return { version, announce: () => undefined }
  const place = { workspaceId: cx.workspace, path, version }
  const { announce } = await enqueueFlowLock(cx.queue, tx, place, lockedFor(cx))
  return { version, announce }
}

function optionsOf(flow: EditFlow): Readonly<Record<string, unknown>> {
  const options = Object.entries(FlowOptions.parse(flow)).filter(([, value]) => value !== null && value !== undefined)
  return { ...Object.fromEntries(options), ...(flow.value.chat_input_enabled && { chat_input_enabled: true }) }
}

function stepsOf(value: EditFlow['value']): ReadonlySet<string> {
  const steps = new Set<string>()
  for (const { value: step } of walkModules(value)) {
    const { type, path } = step
    if ((type === 'script' || type === 'flow') && typeof path === 'string') steps.add(`${type}/${path}`)
  }
  return steps
}

function taken(path: string): Problem {
  return new Problem('flow.path_taken', `There is a flow at ${path}: update it, or choose another path.`)
}
