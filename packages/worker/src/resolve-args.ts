import type { Result } from '@millrace/base/result'
import type { Database } from '@millrace/db'
import type { ClaimedJob } from '@millrace/queue'
import {
  findItemUser,
  interpolate,
  InterpolationError,
  itemSource,
  mayHaveReferences,
  type Vault,
} from '@millrace/vault'

type Args = Readonly<Record<string, unknown>>

/** Where items are, and what opens their secrets. */
export interface ResolveTools {
  readonly db: Database
  readonly vault: Vault
}

/**
 * The arguments that a job's script is called with: references to variables and resources are resolved when the job starts, as
 * its user may see them, so that no secret is ever stored with a job. The error names the argument and the path.
 */
export async function resolveArgs(tools: ResolveTools, job: ClaimedJob): Promise<Result<Args, string>> {
  const args = parseArgs(job)
  if (!mayHaveReferences(job.argsJson ?? '')) return { ok: true, value: args }
  return await resolveReferences(tools, job, args)
}

/** The same for values that a job's script names itself. */
export async function resolveReferences(
  { db, vault }: ResolveTools,
  job: ClaimedJob,
  args: Args,
): Promise<Result<Args, string>> {
  if (Object.keys(args).length === 0) return { ok: true, value: args }
  const { id, workspaceId: workspace, email } = job
  const user = await findItemUser(db.kysely, workspace, { email, username: job.permissionedAs.replace(/^u\//, '') })
  if (!user) return { ok: false, error: `${email} is no member of the workspace any more: its items cannot be read.` }
  const onSecret = (value: string) => vault.jobSecrets.note(db.kysely, { id, workspace }, value)
  const source = itemSource({ db: db.kysely, vault, workspace, user, onSecret })
  const resolved: [string, unknown][] = []
  try {
    for (const [name, value] of Object.entries(args))
      resolved.push([name, await interpolate(source, value, `argument ${name}`)])
  } catch (error) {
    if (error instanceof InterpolationError) return { ok: false, error: `${error.message}.` }
    throw error
  }
  return { ok: true, value: Object.fromEntries(resolved) }
}

function parseArgs(job: ClaimedJob): Args {
  const value: unknown = JSON.parse(job.argsJson ?? '{}')
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
