import type { JobGroup } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { findFlowByHash, findServingFlow } from '@millrace/db/tables/flow'
import { listJobGroups, type JobGroupRow } from '@millrace/db/tables/job-group'
import { findScriptByHash, findServingScript } from '@millrace/db/tables/script'

/** Selected jobs by the scripts and flows that they ran, so that they can be run again with other arguments. */
export async function groupJobs(tx: Queryable, workspace: string, ids: readonly string[]): Promise<JobGroup[]> {
  const rows = await listJobGroups(tx, workspace, ids)
  const groups: JobGroup[] = []
  for (const [, versions] of Map.groupBy(rows, (row) => `${row.kind} ${row.script_path}`)) {
    const [first] = versions
    if (!first) continue
    const { kind, script_path } = first
    const schemas: JobGroup['schemas'] = []
    for (const row of versions)
      schemas.push({ schema: await ranSchema(tx, workspace, row), script_hash: row.script_hash, job_ids: [...row.ids] })
    groups.push({ kind, script_path, latest_schema: await servingSchema(tx, workspace, first), schemas })
  }
  return groups
}

async function ranSchema(tx: Queryable, workspace: string, row: JobGroupRow): Promise<unknown> {
  const { kind, script_path: path, script_hash: hash } = row
  if (kind === 'script') return (await findScriptByHash(tx, workspace, hash))?.schema ?? null
  return (await findFlowByHash(tx, { workspace, path }, hash))?.schema ?? null
}

async function servingSchema(tx: Queryable, workspace: string, { kind, script_path: path }: JobGroupRow) {
  if (kind === 'script') return (await findServingScript(tx, workspace, path))?.schema ?? null
  return (await findServingFlow(tx, { workspace, path }))?.schema ?? null
}
