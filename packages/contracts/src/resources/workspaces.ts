import { z } from 'zod'
import { resource } from '../route.ts'
import { Page, Text, WorkspaceId } from '../shapes.ts'

export const Workspace = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  domain: z.string().optional(),
  color: z.string().optional(),
})
export type Workspace = z.infer<typeof Workspace>

export const UserWorkspaces = z.object({
  email: z.string(),
  workspaces: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      username: z.string(),
      color: z.string(),
      disabled: z.boolean(),
    }),
  ),
})
export type UserWorkspaces = z.infer<typeof UserWorkspaces>

export const NewWorkspace = z.strictObject({
  id: WorkspaceId,
  name: Text.min(1).max(100),
  username: Text.regex(/^[\w.-]{1,50}$/).optional(),
  color: Text.max(30).optional(),
})
export type NewWorkspace = z.infer<typeof NewWorkspace>

/** How much of the workers a workspace gets beside others: twice the weight, twice the jobs. */
export const QueueWeight = z.strictObject({ weight: z.number().min(0.1).max(100) })
export type QueueWeight = z.infer<typeof QueueWeight>

export const workspaces = resource({
  listWorkspaces: {
    method: 'GET',
    path: '/workspaces/list',
    summary: 'Workspaces that the caller is a member of.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(Workspace) },
  },
  listUserWorkspaces: {
    method: 'GET',
    path: '/workspaces/users',
    summary: 'Workspaces of the caller with the user name in each.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: UserWorkspaces },
  },
  listWorkspacesAsSuperAdmin: {
    method: 'GET',
    path: '/workspaces/list_as_superadmin',
    summary: 'All workspaces.',
    auth: 'superadmin',
    query: Page,
    reply: { kind: 'json', status: 200, schema: z.array(Workspace) },
  },
  createWorkspace: {
    method: 'POST',
    path: '/workspaces/create',
    summary: 'Create a workspace; the caller becomes its administrator.',
    auth: 'user',
    body: { kind: 'json', schema: NewWorkspace },
    reply: { kind: 'text', status: 201, description: 'The id.' },
    problems: ['workspace.exists'],
  },
  existsWorkspace: {
    method: 'POST',
    path: '/workspaces/exists',
    summary: 'Whether an id is taken.',
    auth: 'user',
    body: { kind: 'json', schema: z.strictObject({ id: Text }) },
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  getQueueWeight: {
    method: 'GET',
    path: '/workspaces/queue_weight/:workspace',
    summary: 'The weight of a workspace in the lines of the queue; 1 unless it was set.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: QueueWeight },
  },
  setQueueWeight: {
    method: 'POST',
    path: '/workspaces/queue_weight/:workspace',
    summary: 'Set the weight of a workspace, 0.1 to 100; jobs that are enqueued from then on stand accordingly.',
    auth: 'superadmin',
    body: { kind: 'json', schema: QueueWeight },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
})
