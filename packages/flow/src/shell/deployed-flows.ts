import type { Database } from '@millrace/db'
import { findServingFlow } from '@millrace/db/tables/flow'
import { findFlowDefinition } from '@millrace/db/tables/flow-definition'
import type { FlowSource, FlowVersion } from './flow-source.ts'

/** The flows that are deployed in a database. */
export function deployedFlows(db: Database): FlowSource {
  return {
    async findServing(workspace, path): Promise<FlowVersion | undefined> {
      const flow = await findServingFlow(db.kysely, { workspace, path })
      return flow && { version: flow.hash, id: flow.id, tag: tagOf(flow.options) }
    },
    async findDefinition(workspace, version) {
      return await findFlowDefinition(db.pool, workspace, version)
    },
  }
}

function tagOf(options: unknown): string | undefined {
  if (typeof options !== 'object' || options === null || !('tag' in options)) return undefined
  return typeof options.tag === 'string' && options.tag !== '' ? options.tag : undefined
}
