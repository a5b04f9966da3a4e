import { createHash } from 'node:crypto'
import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { inWorkspace, type Database } from '@millrace/db'
import { insertFlowVersion } from '@millrace/db/tables/flow'
import { keepFlowDefinition } from '@millrace/db/tables/flow-definition'
import { insertResource } from '@millrace/db/tables/resource'
import { insertVariable } from '@millrace/db/tables/variable'
import { deployedFlows, Expressions, FlowShell, readProgram, type FlowShellOptions } from '@millrace/flow'
import { Consumer, errorResult, NearWorkers, Notifier, Queue, type NewJob } from '@millrace/queue'
import { openVault, SECRET_EMAIL } from '@millrace/vault'
import { agent } from '../../executors/agent.ts'
import { frames } from '../../executors/frame.ts'
import { identity } from '../../executors/identity.ts'
import { flowReferences } from '../../flow-references.ts'

export const WORKSPACE = 'admins'

/** A worker that runs flows and agents for real: jobs, results and secrets lie in the database. */
export interface AgentHost {
  readonly queue: Queue
  readonly shell: FlowShell
  stop(): Promise<void>
  /** Lets go of what a process that died would not hold; its runs never end. */
  abandon(): Promise<void>
}

/** Runs under a tag of its own. */
export async function startAgentHost(
  db: Database,
  tag: string,
  more: Pick<FlowShellOptions, 'failAt'> & { readonly leaseMs?: number } = {},
): Promise<AgentHost> {
  const { leaseMs = 2000, failAt } = more
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const near = new NearWorkers()
  const queue = new Queue(db, notifier, near)
  const vault = await openVault(db)
  const expressions = new Expressions()
  const shell = new FlowShell({
    db,
    queue,
    log: silentLogger,
    readProgram,
    expressions,
    references: flowReferences({ db, vault }),
    flows: deployedFlows(db),
    ...(failAt && { failAt }),
  })
  const all = [identity, agent({ db, vault, timeoutMs: 20_000 }), ...frames(shell)]
  const executors = new Map(all.map((executor) => [executor.kind, executor]))
  const id = newId()
  const consumer = new Consumer({
    db,
    near,
    notifier,
    log: silentLogger,
    worker: {
      id,
      name: id,
      tags: [tag],
      slots: 4,
      sandbox: 'none',
      isolated: false,
      notice: undefined,
      version: 'test',
    },
    leaseMs,
    pollMs: 1000,
    drainMs: 2000,
    logLengthMax: 100_000,
    secretsOf: (ids) => vault.jobSecrets.valuesOf(ids),
    run: (job, context) => {
      const executor = executors.get(job.kind)
      return executor?.execute(job, context) ?? { status: 'failure', resultJson: errorResult('NoKind', job.kind) }
    },
    onBug: (_job, error) => ({ status: 'failure', resultJson: errorResult('Bug', String(error)) }),
    onCompleted: (_status, job) => shell.ended(job),
    finishStep: shell.finishStep,
  })
  await consumer.start()
  return {
    queue,
    shell,
    async abandon() {
      await expressions.stop()
      await notifier.stop()
    },
    async stop() {
      await consumer.stop()
      await shell.settled()
      await expressions.stop()
      await notifier.stop()
    },
  }
}

/** A flow that a run of is sent with. */
export function agentFlow(
  tag: string,
  modules: readonly object[],
  args: Readonly<Record<string, unknown>> = {},
): NewJob {
  return {
    workspaceId: WORKSPACE,
    kind: 'flowpreview',
    rawCode: JSON.stringify({ modules }),
    args,
    tag,
    createdBy: 'tester',
    email: SECRET_EMAIL,
    permissionedAs: 'u/tester',
    attemptsMax: 100,
  }
}

/** Deploys a flow with a form. */
export async function deployFlow(db: Database, path: string, value: unknown, schema: unknown): Promise<void> {
  await inWorkspace(db, WORKSPACE, async (tx) => {
    const hash = createHash('sha256').update(path).digest('hex')
    await keepFlowDefinition(tx, WORKSPACE, { hash, value: JSON.stringify(value) })
    const version = { workspace_id: WORKSPACE, path, hash, created_by: 'tester', schema: JSON.stringify(schema) }
    await insertFlowVersion(tx, { ...version, summary: `What ${path} does.` }, { waits: false })
  })
}

/** Keeps a resource; its `api_key`, if it has one, lies in a secret. */
export async function keepResource(
  db: Database,
  path: string,
  { api_key: key, ...value }: Readonly<Record<string, unknown>>,
): Promise<void> {
  const vault = await openVault(db)
  const stored = { workspace_id: WORKSPACE, path, created_by: 'tester', edited_by: 'tester' }
  await inWorkspace(db, WORKSPACE, async (tx) => {
    if (typeof key === 'string') {
      const sealed = await vault.sealValue(tx, key, { workspace: WORKSPACE, path, version: 1 })
      await insertVariable(tx, { ...stored, sealed })
    }
    const whole = { ...value, ...(key !== undefined && { api_key: `$var:${path}` }) }
    await insertResource(tx, { ...stored, resource_type: 'customai', value: JSON.stringify(whole) })
  })
}
