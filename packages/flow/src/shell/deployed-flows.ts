import { FlowOptions } from '@millrace/contracts'
import type { Database } from '@millrace/db'
import { findServingFlow, type FlowRow } from '@millrace/db/tables/flow'
import { findFlowDefinition } from '@millrace/db/tables/flow-definition'
import type { FlowSource, FlowVersion } from './flow-source.ts'

/** The flows that are deployed in a database. */
export function deployedFlows(db: Database): FlowSource {
  return {
    async findServing(workspace, path): Promise<FlowVersion | undefined> {
      const flow = await findServingFlow(db.kysely, { workspace, path })
      return flow && versionOf(flow)
    },
    async findDefinition(workspace, version) {
      return await findFlowDefinition(db.pool, workspace, version)
    },
  }
}

function versionOf({ id, hash, value, options }: FlowRow): FlowVersion {
  const { tag, timeout, priority } = FlowOptions.safeParse(options).data ?? {}
  return {
    version: hash,
    id,
    value,
    tag: tag || undefined,
    timeoutS: timeout || undefined,
    priority: priority ?? undefined,
  }
}
