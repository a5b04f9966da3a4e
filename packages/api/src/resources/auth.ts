import { Problem } from '@millrace/base/problem'
import { auth as contract, type Login, type NewToken } from '@millrace/contracts'
import { findAccount } from '@millrace/db/tables/account'
import { findEmail } from '@millrace/db/tables/member'
import {
  consumeLoginLink,
  deleteToken,
  deleteTokensByPrefix,
  listTokens,
  type TokenRow,
} from '@millrace/db/tables/token'
import { SECRET_EMAIL } from '@millrace/vault'
import { hashToken, readCredential } from '../http/authenticator.ts'
import { implement, type CallContext, type CallerContext } from '../http/implement.ts'
import { refuseForgery } from '../http/refuse-forgery.ts'
import { mintToken, PREFIX_LENGTH } from '../login/mint-token.ts'
import { isPassword } from '../login/passwords.ts'
import { pageOf } from '../page-of.ts'

const DAY_MS = 86_400_000

export const auth = implement(contract, {
  login: { may: 'session.open', run: (cx, { body }) => logIn(cx, body) },
  logout: {
    may: 'session.close',
    async run(cx) {
      const credential = readCredential(cx.request)
      if (credential?.via === 'cookie') refuseForgery(cx.request, cx.config.baseUrl)
      if (credential) {
        const hash = hashToken(credential.token)
        await deleteToken(cx.db.kysely, hash)
        cx.forgetToken(hash)
      }
      cx.reply.clearCookie('token', { path: '/' })
      return 'signed out'
    },
  },
  consumeLoginLink: {
    may: 'session.open',
    async run(cx, { token, query }) {
      const email = await consumeLoginLink(cx.db.kysely, hashToken(token))
      if (email === undefined)
        throw new Problem(
          'auth.bad_link',
          'This sign-in link was used or has expired: restart the server for a new one, or sign in with a password.',
        )
      await openSession(cx, email)
      return localPath(query.rd)
    },
  },
  createToken: { may: 'token.create', run: (cx, { body }) => createToken(cx, body) },
  deleteToken: {
    may: 'token.delete',
    async run(cx, { token_prefix: prefix }) {
      const ended =
        prefix.length < PREFIX_LENGTH
          ? []
          : await deleteTokensByPrefix(cx.db.kysely, cx.caller.email, prefix.slice(0, PREFIX_LENGTH))
      if (ended.length === 0)
        throw new Problem('token.not_found', `You have no token that begins with "${prefix}": see the list of tokens.`)
      for (const hash of ended) cx.forgetToken(hash)
      return 'token deleted'
    },
  },
  listTokens: {
    may: 'token.see',
    async run(cx, { query }) {
      const rows = await listTokens(cx.db.kysely, cx.caller.email, {
        ...pageOf(query),
        withSessions: query.exclude_ephemeral !== true,
      })
      return rows.map(toTruncatedToken)
    },
  },
  globalWhoami: {
    may: 'account.see',
    async run(cx) {
      const account = await findAccount(cx.db.kysely, cx.caller.email)
      return {
        email: cx.caller.email,
        login_type: cx.caller.via === 'secret' ? ('service_account' as const) : ('password' as const),
        super_admin: cx.caller.isSuperAdmin,
        devops: cx.caller.isSuperAdmin,
        verified: true,
        ...(account?.name && { name: account.name }),
        username: account?.username ?? cx.caller.username,
        operator_only: false,
        first_time_user: false,
        role_source: 'manual' as const,
        disabled: false,
      }
    },
  },
  whoami: {
    may: 'member.see',
    async run(cx) {
      const account = await findAccount(cx.db.kysely, cx.caller.email)
      return {
        email: cx.caller.email,
        username: cx.member.username,
        is_admin: cx.member.isAdmin,
        ...(account?.name && { name: account.name }),
        is_super_admin: cx.caller.isSuperAdmin,
        created_at: cx.member.createdAt.toISOString(),
        operator: cx.member.isOperator,
        disabled: false,
        groups: ['all'],
        folders: [],
        folders_read: [],
        folders_owners: [],
        workspace_id: cx.workspace,
      }
    },
  },
  usernameToEmail: {
    may: 'member.see',
    async run(cx, { username }) {
      const email = await cx.inside((tx) => findEmail(tx, cx.workspace, username))
      if (email !== undefined) return email
      throw new Problem('user.not_found', `No member of this workspace is called ${username.slice(0, 100)}.`)
    },
  },
})

async function logIn(cx: CallContext, { email: written, password }: Login): Promise<string> {
  const email = written.trim().toLowerCase()
  cx.loginLimit.take(email, cx.request.ip)
  const account = await findAccount(cx.db.kysely, email)
  const isRight = await isPassword(account?.password_hash, password)
  if (!isRight || !account || account.disabled)
    throw new Problem('auth.bad_credentials', 'The e-mail address or the password is wrong.')
  cx.loginLimit.clear(email, cx.request.ip)
  return await openSession(cx, email)
}

async function openSession(cx: CallContext, email: string): Promise<string> {
  const lifeMs = cx.config.sessionDays * DAY_MS
  const expiresAt = new Date(Date.now() + lifeMs)
  const token = await mintToken(cx.db.kysely, { email, kind: 'session', label: 'session', expiresAt })
  cx.reply.setCookie('token', token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isCookieSecure(cx),
    maxAge: lifeMs / 1000,
  })
  return token
}

function isCookieSecure({ config, request }: CallContext): boolean {
  if (config.cookieSecure !== 'auto') return config.cookieSecure === 'always'
  return request.protocol === 'https' || config.baseUrl?.startsWith('https:') === true
}

/** A token can never do more than the one that made it. */
async function createToken(cx: CallerContext, body: NewToken): Promise<string> {
  const { caller } = cx
  if (caller.via === 'job' || caller.email === SECRET_EMAIL)
    throw new Problem('auth.forbidden', 'Only an account may make tokens: not a job, and not the superadmin secret.')
  const workspaceId = body.workspace_id ?? caller.boundTo
  if (caller.boundTo !== undefined && workspaceId !== caller.boundTo)
    throw new Problem('auth.forbidden', `This token is good for the workspace ${caller.boundTo} only.`)
  if (workspaceId !== undefined) await cx.requireMembership(workspaceId)
  return await mintToken(cx.db.kysely, {
    email: caller.email,
    kind: 'user',
    label: body.label,
    workspaceId,
    scopes: body.scopes,
    readOnly: body.read_only ?? false,
    expiresAt: body.expiration ? new Date(body.expiration) : undefined,
  })
}

/** Only a path of this server: an absolute address would send people elsewhere after they signed in. */
function localPath(rd: string | undefined): string {
  if (!rd?.startsWith('/')) return '/'
  const target = URL.canParse(rd, 'http://here') ? new URL(rd, 'http://here') : undefined
  return target?.host === 'here' && !target.pathname.startsWith('//')
    ? `${target.pathname}${target.search}${target.hash}`
    : '/'
}

function toTruncatedToken(row: TokenRow) {
  return {
    ...(row.label !== null && { label: row.label }),
    ...(row.expires_at && { expiration: row.expires_at.toISOString() }),
    token_prefix: row.prefix,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    ...(row.scopes && { scopes: row.scopes }),
    email: row.email,
    ...(row.workspace_id !== null && { workspace_id: row.workspace_id }),
    read_only: row.read_only,
  }
}
