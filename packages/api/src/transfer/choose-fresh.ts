import { Problem } from '@millrace/base/problem'
import type { AuditEntry } from '@millrace/db/tables/audit'
import { findJobPlaces } from '@millrace/db/tables/exported-job'
import type { WorkspaceContext } from '../http/implement.ts'

/** Ids that a sentence names. */
const NAMED = 10

interface Job {
  readonly id: string
  readonly parent_job?: string | null | undefined
  readonly root_job?: string | null | undefined
}

/** Jobs of an import: those that are new here, and the ids that jobs have already, of whatever workspace. */
export interface Choice<J> {
  readonly fresh: readonly J[]
  readonly taken: readonly string[]
}

/** New jobs, none of which is below a job of another workspace; throws where an id comes twice. */
export async function chooseFresh<J extends Job>(cx: WorkspaceContext, jobs: readonly J[]): Promise<Choice<J>> {
  const ids = new Set(jobs.map((job) => job.id))
  if (ids.size < jobs.length) throw new Problem('request.invalid', 'A job comes twice: send each id once.')
  const above = jobs.flatMap((job) => [job.parent_job, job.root_job].filter((id) => typeof id === 'string'))
  const places = await findJobPlaces(cx.db.kysely, [...new Set([...ids, ...above])])
  const link = (id: string | null | undefined) =>
    typeof id === 'string' && (places.get(id) ?? cx.workspace) === cx.workspace ? id : undefined
  return {
    fresh: jobs
      .filter((job) => !places.has(job.id))
      .map((job) => ({ ...job, parent_job: link(job.parent_job), root_job: link(job.root_job) })),
    taken: [...ids].filter((id) => places.has(id)),
  }
}

/** What came of an import, as a sentence. */
export function sayImported(count: number, taken: readonly string[]): string {
  const imported = `Imported ${count} ${count === 1 ? 'job' : 'jobs'}.`
  if (taken.length === 0) return imported
  const rest = taken.length > NAMED ? ` and ${taken.length - NAMED} more` : ''
  return `${imported} Passed over ${taken.length}, whose ids are taken: ${taken.slice(0, NAMED).join(', ')}${rest}.`
}

/** Who imported how many jobs. */
export function importEntry(
  { workspace, member, caller }: Pick<WorkspaceContext, 'workspace' | 'member' | 'caller'>,
  operation: string,
  jobs: readonly { readonly id: string }[],
): AuditEntry {
  const parameters = { jobs: jobs.length, ids: jobs.slice(0, NAMED).map((job) => job.id) }
  return { workspace, username: member.username, email: caller.email, operation, parameters }
}

/** The problem where the database refuses what it was given. */
export function refusalOf(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined
  if (error.code === '23505')
    return new Problem('job.exists', 'Another job has got one of these ids meanwhile: import again.')
  if (!/^(22|23|54)/.test(error.code)) return undefined
  const why = error instanceof Error ? error.message : error.code
  return new Problem('request.invalid', `The database cannot hold one of the jobs: ${why}.`)
}
