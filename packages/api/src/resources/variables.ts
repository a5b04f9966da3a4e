import { variables as contract, type Variable } from '@millrace/contracts'
import { deleteVariables, findVariable, listVariables, type VariableListRow } from '@millrace/db/tables/variable'
import { readablePrefixes } from '@millrace/vault'
import { implement } from '../http/implement.ts'
import { contextualVariables } from '../items/contextual-variables.ts'
import { missingVariable, readValue, requireVariable } from '../items/variable-values.ts'
import { changeVariable, createVariable } from '../items/write-variable.ts'
import { pageOf } from '../page-of.ts'
import { requireReadablePath, requireWritablePath } from '../policy/paths.ts'

export const variables = implement(contract, {
  createVariable: {
    may: 'variable.write',
    async run(cx, { body, query }) {
      await createVariable(cx, body, query.already_encrypted ?? false)
      return `variable ${body.path} created`
    },
  },
  updateVariable: {
    may: 'variable.write',
    run: (cx, { path, body, query }) => changeVariable(cx, path, body, query.already_encrypted ?? false),
  },
  deleteVariable: {
    may: 'variable.write',
    async run(cx, { path }) {
      requireWritablePath(cx.member, path)
      const deleted = await cx.inside((tx) => deleteVariables(tx, cx.workspace, [path]))
      return deleted.length > 0 ? `variable ${path} deleted` : missingVariable(path)
    },
  },
  deleteVariablesBulk: {
    may: 'variable.write',
    async run(cx, { body }) {
      for (const path of body.paths) requireWritablePath(cx.member, path)
      return [...(await cx.inside((tx) => deleteVariables(tx, cx.workspace, body.paths)))]
    },
  },
  getVariable: {
    may: 'variable.read',
    run: (cx, { path, query }) =>
      cx.inside(async (tx) => {
        const row = await requireVariable(cx, tx, path)
        const isSecret = row.sealed !== null
        const shown = toVariable({ ...row, is_secret: isSecret })
        if (!isSecret || query.decrypt_secret !== false) return { ...shown, value: await readValue(cx, tx, row) }
        if (!query.include_encrypted) return shown
        return { ...shown, value: await cx.vault.toPortable(tx, cx.workspace, await readValue(cx, tx, row)) }
      }),
  },
  getVariableValue: {
    may: 'variable.read',
    run: (cx, { path }) => cx.inside(async (tx) => readValue(cx, tx, await requireVariable(cx, tx, path))),
  },
  existsVariable: {
    may: 'variable.read',
    async run(cx, { path }) {
      requireReadablePath(cx.member, path)
      return (await cx.inside((tx) => findVariable(tx, cx.workspace, path))) !== undefined
    },
  },
  listVariable: {
    may: 'variable.read',
    async run(cx, { query }) {
      const filter = {
        ...pageOf(query),
        prefixes: readablePrefixes(cx.member),
        path: query.path,
        pathStart: query.path_start,
        description: query.description,
        value: query.value,
        anywhere: query.broad_filter,
        label: query.label,
      }
      return (await cx.inside((tx) => listVariables(tx, cx.workspace, filter))).map((row) => toVariable(row))
    },
  },
  listContextualVariables: { may: 'variable.read', run: (cx) => contextualVariables(cx) },
  encryptValue: {
    may: 'variable.write',
    run: (cx, { body }) => cx.inside((tx) => cx.vault.toPortable(tx, cx.workspace, body)),
  },
})

function toVariable(row: VariableListRow): Variable {
  return {
    workspace_id: row.workspace_id,
    path: row.path,
    ...(!row.is_secret && { value: row.value ?? '' }),
    is_secret: row.is_secret,
    description: row.description,
    ...(row.account !== null && { account: row.account }),
    is_oauth: row.is_oauth,
    is_expired: row.expires_at !== null && row.expires_at.getTime() <= Date.now(),
    ...(row.expires_at !== null && { expires_at: row.expires_at.toISOString() }),
    ...(row.labels.length > 0 && { labels: row.labels }),
    extra_perms: {},
    edited_at: row.edited_at.toISOString(),
    edited_by: row.edited_by,
  }
}
