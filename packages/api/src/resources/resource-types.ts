import { Problem } from '@millrace/base/problem'
import { resourceTypes as contract, type ResourceType } from '@millrace/contracts'
import { countResourcesByType } from '@millrace/db/tables/resource'
import * as table from '@millrace/db/tables/resource-type'
import { readablePrefixes } from '@millrace/vault'
import { implement, type WorkspaceContext } from '../http/implement.ts'

export const resourceTypes = implement(contract, {
  createResourceType: {
    may: 'resource_type.write',
    async run(cx, { body }) {
      const { name } = body
      const isMade = await cx.inside((tx) =>
        table.insertResourceType(tx, {
          workspace_id: cx.workspace,
          name,
          schema: asJson(body.schema),
          description: body.description ?? '',
          display_name: body.display_name ?? null,
          format_extension: body.format_extension ?? null,
          is_fileset: body.is_fileset ?? false,
          created_by: cx.member.username,
        }),
      )
      if (isMade) return `resource_type ${name} created`
      throw new Problem(
        'resource_type.name_taken',
        `This workspace has a resource type ${name} already: update it, or choose another name.`,
      )
    },
  },
  updateResourceType: {
    may: 'resource_type.write',
    async run(cx, { path, body }) {
      const { description, is_fileset: isFileset, format_extension: extension, display_name: displayName } = body
      const change = {
        ...(body.schema !== undefined && { schema: asJson(body.schema) }),
        ...(typeof description === 'string' && { description }),
        ...(typeof isFileset === 'boolean' && { is_fileset: isFileset }),
        ...(extension !== undefined && { format_extension: extension }),
        ...(displayName !== undefined && { display_name: displayName }),
        edited_at: new Date(),
      }
      const isDone = await cx.inside((tx) => table.updateResourceType(tx, cx.workspace, path, change))
      return isDone ? `resource_type ${path} updated` : await missingHere(cx, path)
    },
  },
  deleteResourceType: {
    may: 'resource_type.write',
    async run(cx, { path }) {
      const isDone = await cx.inside((tx) => table.deleteResourceType(tx, cx.workspace, path))
      return isDone ? `resource_type ${path} deleted` : await missingHere(cx, path)
    },
  },
  getResourceType: {
    may: 'resource.read',
    async run(cx, { path }) {
      const row = await cx.inside((tx) => table.findResourceType(tx, cx.workspace, path))
      return toResourceType(row ?? missing(path))
    },
  },
  existsResourceType: {
    may: 'resource.read',
    run: async (cx, { path }) =>
      (await cx.inside((tx) => table.findResourceType(tx, cx.workspace, path))) !== undefined,
  },
  listResourceType: {
    may: 'resource.read',
    run: async (cx) => (await cx.inside((tx) => table.listResourceTypes(tx, cx.workspace))).map(toResourceType),
  },
  listResourceTypeNames: {
    may: 'resource.read',
    run: async (cx) => (await cx.inside((tx) => table.listResourceTypes(tx, cx.workspace))).map(({ name }) => name),
  },
  listResourceCountsByType: {
    may: 'resource.read',
    run: async (cx) => [
      ...(await cx.inside((tx) => countResourcesByType(tx, cx.workspace, readablePrefixes(cx.member)))),
    ],
  },
  fileResourceTypeToFileExtMap: {
    may: 'resource.read',
    async run(cx) {
      const rows = await cx.inside((tx) => table.listResourceTypes(tx, cx.workspace))
      const files = rows.filter((row) => row.format_extension !== null || row.is_fileset)
      return Object.fromEntries(
        files.map((row) => [row.name, { format_extension: row.format_extension, is_fileset: row.is_fileset }]),
      )
    },
  },
})

function asJson(schema: unknown): string | null {
  return schema === undefined || schema === null ? null : JSON.stringify(schema)
}

function toResourceType(row: table.ResourceTypeRow): ResourceType {
  return {
    workspace_id: row.workspace_id,
    name: row.name,
    ...(row.schema !== null && { schema: row.schema }),
    description: row.description,
    created_by: row.created_by,
    edited_at: row.edited_at.toISOString(),
    ...(row.format_extension !== null && { format_extension: row.format_extension }),
    is_fileset: row.is_fileset,
    ...(row.display_name !== null && { display_name: row.display_name }),
  }
}

/** Types of everybody are changed where they are kept. */
async function missingHere(cx: WorkspaceContext, name: string): Promise<never> {
  const row = await cx.inside((tx) => table.findResourceType(tx, cx.workspace, name))
  if (!row) missing(name)
  throw new Problem(
    'resource_type.not_found',
    `The resource type ${name} is kept in the workspace ${row.workspace_id}: change it there, or make one of the same name here.`,
  )
}

function missing(name: string): never {
  throw new Problem('resource_type.not_found', `There is no resource type ${name.slice(0, 300)}.`)
}
