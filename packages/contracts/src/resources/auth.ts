import { z } from 'zod'
import { resource } from '../route.ts'
import { Flag, Page, Text, WorkspaceId } from '../shapes.ts'

export const Login = z.strictObject({ email: Text.min(1).max(254), password: Text.min(1).max(1024) })
export type Login = z.infer<typeof Login>

export const NewToken = z.strictObject({
  label: Text.max(1000).optional().nullable(),
  expiration: z.iso.datetime({ offset: true }).optional().nullable(),
  scopes: z.array(Text).optional().nullable(),
  workspace_id: WorkspaceId.optional().nullable(),
  read_only: z.boolean().optional().nullable(),
})
export type NewToken = z.infer<typeof NewToken>

export const TruncatedToken = z.object({
  label: z.string().optional(),
  expiration: z.string().optional(),
  token_prefix: z.string(),
  created_at: z.string(),
  last_used_at: z.string(),
  scopes: z.array(z.string()).optional(),
  email: z.string().optional(),
  workspace_id: z.string().optional(),
  read_only: z.boolean().optional(),
})
export type TruncatedToken = z.infer<typeof TruncatedToken>

export const GlobalUser = z.object({
  email: z.string(),
  login_type: z.enum(['password', 'github', 'service_account', 'pending_oauth']),
  super_admin: z.boolean(),
  devops: z.boolean().optional(),
  verified: z.boolean(),
  name: z.string().optional(),
  company: z.string().optional(),
  username: z.string().optional(),
  operator_only: z.boolean().optional(),
  first_time_user: z.boolean(),
  role_source: z.enum(['manual', 'instance_group', 'service_account']),
  disabled: z.boolean(),
})
export type GlobalUser = z.infer<typeof GlobalUser>

export const User = z.object({
  email: z.string(),
  username: z.string(),
  is_admin: z.boolean(),
  name: z.string().optional(),
  is_super_admin: z.boolean(),
  created_at: z.string(),
  operator: z.boolean(),
  disabled: z.boolean(),
  groups: z.array(z.string()),
  folders: z.array(z.string()),
  folders_read: z.array(z.string()),
  folders_owners: z.array(z.string()),
  workspace_id: z.string(),
})
export type User = z.infer<typeof User>

/** Signing in and out, tokens, and who the caller is. */
export const auth = resource({
  login: {
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in; replies the token and sets it as the cookie `token`.',
    auth: 'none',
    body: { kind: 'json', schema: Login },
    reply: { kind: 'text', status: 200, description: 'The token.' },
    problems: ['auth.bad_credentials', 'request.too_many'],
  },
  logout: {
    method: 'POST',
    path: '/auth/logout',
    summary: 'End the session of the token that was sent.',
    auth: 'none',
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
  consumeLoginLink: {
    method: 'GET',
    path: '/auth/login_link/:token',
    summary: 'Use a one-time sign-in link; sets the cookie and redirects to `rd`.',
    auth: 'none',
    query: z.object({ rd: Text.optional() }),
    reply: { kind: 'redirect', status: 302, description: 'To `rd`, a path of this server.' },
    problems: ['auth.bad_link'],
  },
  createToken: {
    method: 'POST',
    path: '/users/tokens/create',
    summary: 'Create a token of the caller.',
    auth: 'user',
    body: { kind: 'json', schema: NewToken },
    reply: { kind: 'text', status: 201, description: 'The token, shown this once.' },
    problems: ['workspace.not_found'],
  },
  deleteToken: {
    method: 'DELETE',
    path: '/users/tokens/delete/:token_prefix',
    summary: 'Revoke the token of the caller that begins with this prefix.',
    auth: 'user',
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['token.not_found'],
  },
  listTokens: {
    method: 'GET',
    path: '/users/tokens/list',
    summary: 'Tokens of the caller, newest first.',
    auth: 'user',
    query: Page.extend({ exclude_ephemeral: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(TruncatedToken) },
  },
  globalWhoami: {
    method: 'GET',
    path: '/users/whoami',
    summary: 'The caller, without a workspace.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: GlobalUser },
  },
  whoami: {
    method: 'GET',
    path: '/w/:workspace/users/whoami',
    summary: 'The caller as a member of the workspace.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: User },
  },
  usernameToEmail: {
    method: 'GET',
    path: '/w/:workspace/users/username_to_email/:username',
    summary: 'The e-mail address of a member.',
    auth: 'user',
    params: z.object({ username: Text }),
    reply: { kind: 'text', status: 200, description: 'The address.' },
    problems: ['user.not_found'],
  },
})
