import { Problem } from '@millrace/base/problem'
import { workspaces as contract, type NewWorkspace, type Workspace } from '@millrace/contracts'
import { insertAudit } from '@millrace/db/tables/audit'
import { findAccount } from '@millrace/db/tables/account'
import { insertMember } from '@millrace/db/tables/member'
import {
  findQueueWeight,
  insertWorkspace,
  isWorkspaceIdTaken,
  listWorkspaces,
  listWorkspacesOf,
  updateQueueWeight,
  type WorkspaceRow,
} from '@millrace/db/tables/workspace'
import { implement, type CallerContext } from '../http/implement.ts'
import { pageOf } from '../page-of.ts'
import { WEIGHED } from '../lines/fairness-events.ts'

export const workspaces = implement(contract, {
  listWorkspaces: {
    may: 'workspace.see',
    async run(cx) {
      return (await visibleWorkspaces(cx)).filter((row) => !row.disabled).map(toWorkspace)
    },
  },
  listUserWorkspaces: {
    may: 'workspace.see',
    async run(cx) {
      const rows = await visibleWorkspaces(cx)
      return {
        email: cx.caller.email,
        workspaces: rows.map(({ id, name, username, color, disabled }) => ({ id, name, username, color, disabled })),
      }
    },
  },
  listWorkspacesAsSuperAdmin: {
    may: 'workspace.see_all',
    async run(cx, { query }) {
      return (await listWorkspaces(cx.db.kysely, pageOf(query))).map(toWorkspace)
    },
  },
  createWorkspace: { may: 'workspace.create', run: (cx, { body }) => createWorkspace(cx, body) },
  existsWorkspace: {
    may: 'workspace.see',
    run: (cx, { body }) => isWorkspaceIdTaken(cx.db.kysely, body.id),
  },
  getQueueWeight: {
    may: 'workspace.see_all',
    async run(cx, { workspace }) {
      const weight = await findQueueWeight(cx.db.kysely, workspace)
      if (weight === undefined) throw noWorkspace(workspace)
      return { weight }
    },
  },
  setQueueWeight: {
    may: 'workspace.weigh',
    async run(cx, { workspace, body }) {
      await weigh(cx, workspace, body.weight)
      return `The queue weight of ${workspace} is ${body.weight}.`
    },
  },
})

/** Those the caller is a member of; a superadmin without an account is at home in all of them. */
async function visibleWorkspaces({ db, caller }: CallerContext) {
  const isMachine = caller.via === 'secret'
  const rows = isMachine
    ? (await listWorkspaces(db.kysely, { limit: 1000, offset: 0 })).map((row) => ({
        ...row,
        username: caller.username,
        disabled: false,
      }))
    : await listWorkspacesOf(db.kysely, caller.email)
  return rows.filter((row) => caller.boundTo === undefined || caller.boundTo === row.id)
}

async function createWorkspace({ db, caller }: CallerContext, body: NewWorkspace): Promise<string> {
  const { id, name, color } = body
  await db.kysely.transaction().execute(async (tx) => {
    if (!(await insertWorkspace(tx, { id, name, owner: caller.email, color: color ?? '' })))
      throw new Problem(
        'workspace.exists',
        `There is a workspace "${id}" already, or there was one: choose another id.`,
      )
    if (await findAccount(tx, caller.email))
      await insertMember(tx, id, { email: caller.email, username: body.username ?? caller.username, isAdmin: true })
  })
  return id
}

/** The change and the entry that tells of it; none where the weight is the same. */
async function weigh({ db, caller }: CallerContext, workspace: string, weight: number): Promise<void> {
  await db.kysely.transaction().execute(async (tx) => {
    const before = await findQueueWeight(tx, workspace)
    if (before === undefined || !(await updateQueueWeight(tx, workspace, weight))) throw noWorkspace(workspace)
    if (before === weight) return
    const { username, email } = caller
    await insertAudit(tx, { workspace, username, email, operation: WEIGHED, parameters: { weight, before } })
  })
}

function noWorkspace(id: string): Problem {
  return new Problem('workspace.not_found', `There is no workspace "${id}".`)
}

function toWorkspace({ id, name, owner, color }: WorkspaceRow): Workspace {
  return { id, name, owner, ...(color !== '' && { color }) }
}
