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
})
