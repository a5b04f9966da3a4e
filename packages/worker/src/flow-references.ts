import type { Found, Frame, References } from '@millrace/flow'
import { findItemUser, interpolate, InterpolationError, itemSource, type ItemSource } from '@millrace/vault'
import type { ResolveTools } from './resolve-args.ts'

/** Variables and resources as the user of a flow may see them; secrets are noted, so that the log of no step shows them. */
export function flowReferences(tools: ResolveTools): References {
  return {
    variable: (frame, path) => find(tools, frame, (source) => source.variable(path)),
    resource: (frame, path) => find(tools, frame, (source) => interpolate(source, `$res:${path}`, 'resource()')),
    resolve: (frame, value) => find(tools, frame, (source) => interpolate(source, value, 'the value')),
  }
}

async function find(
  { db, vault }: ResolveTools,
  { workspaceId: workspace, flowId, job }: Frame,
  look: (source: ItemSource) => Promise<unknown>,
): Promise<Found> {
  const { email, permissionedAs } = job
  const user = await findItemUser(db.kysely, workspace, { email, username: permissionedAs.replace(/^u\//, '') })
  if (!user) return { ok: false, message: `${email} is no member of the workspace any more: its items cannot be read` }
  const onSecret = (value: string) => vault.jobSecrets.note(db.kysely, { id: flowId, workspace }, value)
  try {
    const value = await look(itemSource({ db: db.kysely, vault, workspace, user, onSecret }))
    return { ok: true, json: JSON.stringify(value ?? null) }
  } catch (error) {
    if (error instanceof InterpolationError) return { ok: false, message: error.message }
    throw error
  }
}
