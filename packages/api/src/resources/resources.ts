import { Problem } from '@millrace/base/problem'
import { resources as contract, type NewResource, type WorkspaceResource } from '@millrace/contracts'
import * as table from '@millrace/db/tables/resource'
import { interpolate, InterpolationError, itemSource, readablePrefixes } from '@millrace/vault'
import { implement, RawJson, type WorkspaceContext } from '../http/implement.ts'
import { noteSecret } from '../items/variable-values.ts'
import { pageOf } from '../page-of.ts'
import { requireReadablePath, requireWritablePath } from '../policy/paths.ts'

/** What a search shows of a value, in characters. */
const PREVIEW_MAX = 4000
/** Lists that have no pages. */
const WHOLE_MAX = 10_000

export const resources = implement(contract, {
  createResource: {
    may: 'resource.write',
    run: (cx, { body, query }) => createResource(cx, body, query.update_if_exists ?? false),
  },
  updateResource: {
    may: 'resource.write',
    async run(cx, { path, body }) {
      const target = body.path ?? path
      requireWritablePath(cx.member, path)
      requireWritablePath(cx.member, target)
      await change(cx, path, {
        path: target,
        ...(body.value !== undefined && { value: JSON.stringify(body.value) }),
        ...(typeof body.description === 'string' && { description: body.description }),
        ...(typeof body.resource_type === 'string' && { resource_type: body.resource_type }),
        ...(body.labels && { labels: body.labels }),
      })
      return target
    },
  },
  updateResourceValue: {
    may: 'resource.write',
    async run(cx, { path, body }) {
      requireWritablePath(cx.member, path)
      await change(cx, path, { value: JSON.stringify(body.value ?? null) })
      return `value of resource ${path} updated`
    },
  },
  deleteResource: {
    may: 'resource.write',
    async run(cx, { path }) {
      requireWritablePath(cx.member, path)
      const deleted = await cx.inside((tx) => table.deleteResources(tx, cx.workspace, [path]))
      return deleted.length > 0 ? `resource ${path} deleted` : missing(path)
    },
  },
  deleteResourcesBulk: {
    may: 'resource.write',
    async run(cx, { body }) {
      for (const path of body.paths) requireWritablePath(cx.member, path)
      return [...(await cx.inside((tx) => table.deleteResources(tx, cx.workspace, body.paths)))]
    },
  },
  getResource: { may: 'resource.read', run: async (cx, { path }) => toResource(await requireResource(cx, path)) },
  getResourceValue: {
    may: 'resource.read',
    run: async (cx, { path }) => new RawJson((await requireResource(cx, path)).value ?? 'null'),
  },
  getResourceValueInterpolated: { may: 'resource.read', run: (cx, { path }) => loadInterpolated(cx, path) },
  existsResource: {
    may: 'resource.read',
    async run(cx, { path }) {
      requireReadablePath(cx.member, path)
      return await cx.inside((tx) => table.existsResource(tx, cx.workspace, path))
    },
  },
  listResource: {
    may: 'resource.read',
    async run(cx, { query }) {
      const filter = {
        ...everything(cx),
        ...pageOf(query),
        types: words(query.resource_type),
        otherTypes: words(query.resource_type_exclude),
        path: query.path,
        pathStart: query.path_start,
        description: query.description,
        value: readJsonFilter(query.value),
        anywhere: query.broad_filter,
        label: query.label,
      }
      return (await cx.inside((tx) => table.listResources(tx, cx.workspace, filter))).map(toResource)
    },
  },
  listSearchResource: {
    may: 'resource.read',
    async run(cx) {
      const rows = await cx.inside((tx) => table.listResources(tx, cx.workspace, everything(cx)))
      return rows.map(({ path, value }) => {
        const text = JSON.stringify(JSON.parse(value ?? 'null'), null, 2)
        return { path, value: text.slice(0, PREVIEW_MAX), truncated: text.length > PREVIEW_MAX }
      })
    },
  },
  listResourceNames: {
    may: 'resource.read',
    async run(cx, { name }) {
      const filter = { ...everything(cx), types: [name] }
      const rows = await cx.inside((tx) => table.listResources(tx, cx.workspace, filter))
      return rows.map(({ path }) => ({ name: path.split('/').slice(2).join('/'), path }))
    },
  },
})

async function createResource(cx: WorkspaceContext, body: NewResource, mayUpdate: boolean): Promise<string> {
  const { path } = body
  requireWritablePath(cx.member, path)
  const value = JSON.stringify(body.value ?? null)
  const content = { value, resource_type: body.resource_type, edited_by: cx.member.username }
  const texts = {
    ...(typeof body.description === 'string' && { description: body.description }),
    ...(body.labels && { labels: body.labels }),
  }
  const isMade = await cx.inside((tx) =>
    table.insertResource(tx, {
      workspace_id: cx.workspace,
      path,
      created_by: cx.member.username,
      ...content,
      ...texts,
    }),
  )
  if (isMade) return `resource ${path} created`
  if (!mayUpdate) throw taken(path)
  await change(cx, path, { ...content, ...texts })
  return `resource ${path} updated`
}

async function change(
  cx: WorkspaceContext,
  path: string,
  fields: Parameters<typeof table.updateResource>[3],
): Promise<void> {
  const edited = { edited_by: cx.member.username, edited_at: new Date() }
  const end = await cx.inside((tx) => table.updateResource(tx, cx.workspace, path, { ...fields, ...edited }))
  if (end === 'missing') missing(path)
  if (end === 'taken') throw taken(fields.path ?? path)
}

/** Only a resource that is there itself is interpolated: one that is not is `resource.not_found`. */
async function loadInterpolated(cx: WorkspaceContext, path: string): Promise<RawJson> {
  const row = await requireResource(cx, path)
  try {
    const value = await cx.inside((tx) => {
      const onSecret = (secret: string) => noteSecret(cx, tx, secret)
      const source = itemSource({ db: tx, vault: cx.vault, workspace: cx.workspace, user: cx.member, onSecret })
      return interpolate(source, JSON.parse(row.value ?? 'null'), path)
    })
    return new RawJson(JSON.stringify(value))
  } catch (error) {
    if (error instanceof InterpolationError) throw new Problem('resource.unresolved', `${error.message}.`)
    throw error
  }
}

async function requireResource(cx: WorkspaceContext, path: string): Promise<table.ResourceRow> {
  requireReadablePath(cx.member, path)
  return (await cx.inside((tx) => table.findResource(tx, cx.workspace, path))) ?? missing(path)
}

function everything(cx: WorkspaceContext) {
  return {
    limit: WHOLE_MAX,
    offset: 0,
    prefixes: readablePrefixes(cx.member),
    types: undefined,
    otherTypes: undefined,
    path: undefined,
    pathStart: undefined,
    description: undefined,
    value: undefined,
    anywhere: undefined,
    label: undefined,
  }
}

/** JSON, or base64 of it, as JSON text that PostgreSQL takes. */
function readJsonFilter(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  for (const candidate of [text, Buffer.from(text, 'base64').toString('utf8')]) {
    try {
      const json = JSON.stringify(JSON.parse(candidate))
      if (!json.includes('\\u0000')) return json
    } catch {
      // The other reading may be the right one.
    }
  }
  throw new Problem('request.invalid', 'The query is not as it should be. value: must be JSON, or base64 of JSON.')
}

function words(list: string | undefined): readonly string[] | undefined {
  return list?.split(',').filter(Boolean)
}

function toResource(row: table.ResourceRow): WorkspaceResource {
  return {
    workspace_id: row.workspace_id,
    path: row.path,
    description: row.description,
    resource_type: row.resource_type,
    value: JSON.parse(row.value ?? 'null') as unknown,
    is_oauth: false,
    is_linked: row.is_linked,
    is_refreshed: false,
    is_expired: false,
    ...(row.labels.length > 0 && { labels: row.labels }),
    extra_perms: {},
    created_by: row.created_by,
    edited_at: row.edited_at.toISOString(),
  }
}

function taken(path: string): Problem {
  return new Problem('resource.path_taken', `There is a resource ${path} already: update it, or choose another path.`)
}

function missing(path: string): never {
  throw new Problem('resource.not_found', `There is no resource ${path.slice(0, 300)} in this workspace.`)
}
