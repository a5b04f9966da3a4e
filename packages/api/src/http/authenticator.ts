import { createHash, timingSafeEqual } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import type { Database } from '@millrace/db'
import { findAccount } from '@millrace/db/tables/account'
import { findRunningJob } from '@millrace/db/tables/job'
import { findMember } from '@millrace/db/tables/member'
import { findToken, touchToken } from '@millrace/db/tables/token'
import { findWorkspace } from '@millrace/db/tables/workspace'
import { loadJobTokenKey, verifyJobToken } from '@millrace/queue'
import { SECRET_EMAIL } from '@millrace/vault'
import type { FastifyRequest } from 'fastify'
import type { Caller, Membership } from '../policy/caller.ts'
import { ShortMemory } from './short-memory.ts'

/** How long a right that was taken away may still be used, in milliseconds. */
const MEMORY_MS = 5000

/** A token and how it came. */
export interface Credential {
  readonly token: string
  readonly via: 'cookie' | 'token'
}

/** The token of a request: the header first, then the cookie, then the query. */
export function readCredential(request: FastifyRequest): Credential | undefined {
  const bearer = /^bearer\s+(.*)$/i.exec(request.headers.authorization?.trim() ?? '')?.[1]?.trim()
  if (bearer) return { token: bearer, via: 'token' }
  const cookie = request.cookies['token']?.trim()
  if (cookie) return { token: cookie, via: 'cookie' }
  const query = (request.query as Readonly<Record<string, unknown>>)['token']
  return typeof query === 'string' && query.trim() ? { token: query.trim(), via: 'token' } : undefined
}

/** SHA-256, as tokens are stored. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Tells who a caller is; remembers tokens and memberships for a few seconds, tokens of jobs never. */
export class Authenticator {
  readonly #db: Database
  readonly #secretHash: Buffer | undefined
  readonly #jobKey: Buffer
  readonly #callers = new ShortMemory<Caller>(MEMORY_MS)
  readonly #members = new ShortMemory<Membership>(MEMORY_MS)

  private constructor(db: Database, secret: string | undefined, jobKey: Buffer) {
    this.#db = db
    this.#secretHash = secret === undefined ? undefined : hashToken(secret)
    this.#jobKey = jobKey
  }

  static async open(db: Database, secret: string | undefined): Promise<Authenticator> {
    return new Authenticator(db, secret, await loadJobTokenKey(db))
  }

  /** Undefined when the token is unknown, has expired, or its job does not run. */
  async findCaller({ token, via }: Credential): Promise<Caller | undefined> {
    const hash = hashToken(token)
    if (this.#secretHash && timingSafeEqual(hash, this.#secretHash)) return secretCaller
    const jobId = verifyJobToken(this.#jobKey, token)
    if (jobId !== undefined) return await this.#findJobCaller(jobId)
    const key = hash.toString('base64')
    const known = this.#callers.get(key) ?? (await this.#loadCaller(hash))
    if (!known || (known.expiresAtMs !== undefined && known.expiresAtMs <= Date.now())) return undefined
    this.#callers.set(key, known)
    return { ...known, via }
  }

  /** Throws `workspace.not_found` for strangers, whether the workspace exists or not. */
  async requireMembership(caller: Caller, workspace: string): Promise<Membership> {
    if (caller.boundTo !== undefined && caller.boundTo !== workspace)
      throw new Problem('auth.forbidden', `This token is good for the workspace ${caller.boundTo} only.`)
    const key = JSON.stringify([workspace, caller.email])
    const known = this.#members.get(key) ?? (await this.#loadMembership(caller, workspace))
    if (!known)
      throw new Problem('workspace.not_found', `There is no workspace "${workspace}" that you are a member of.`)
    this.#members.set(key, known)
    return known
  }

  forgetToken(hash: Buffer): void {
    this.#callers.delete(hash.toString('base64'))
  }

  async #loadCaller(hash: Buffer): Promise<Caller | undefined> {
    const row = await findToken(this.#db.kysely, hash)
    if (!row) return undefined
    await touchToken(this.#db.kysely, hash)
    return {
      email: row.email,
      username: row.username ?? nameOf(row.email),
      isSuperAdmin: row.super_admin,
      via: 'token',
      boundTo: row.workspace_id ?? undefined,
      isReadOnly: row.read_only,
      scopes: row.scopes ?? undefined,
      tokenHash: row.hash,
      jobId: undefined,
      expiresAtMs: row.expires_at?.getTime(),
    }
  }

  async #findJobCaller(jobId: string): Promise<Caller | undefined> {
    const job = await findRunningJob(this.#db.kysely, jobId)
    if (!job) return undefined
    const isSecret = job.email === SECRET_EMAIL
    const account = isSecret ? undefined : await findAccount(this.#db.kysely, job.email)
    if (!isSecret && (!account || account.disabled)) return undefined
    return {
      email: job.email,
      username: job.created_by,
      isSuperAdmin: isSecret || account?.super_admin === true,
      via: 'job',
      boundTo: job.workspace_id,
      isReadOnly: false,
      scopes: undefined,
      tokenHash: undefined,
      jobId,
      expiresAtMs: undefined,
    }
  }

  async #loadMembership(caller: Caller, workspace: string): Promise<Membership | undefined> {
    const row = await findMember(this.#db.kysely, workspace, caller.email)
    if (row?.disabled) return undefined
    if (row)
      return {
        workspace,
        username: row.username,
        isAdmin: row.is_admin || caller.isSuperAdmin,
        isOperator: row.operator,
        createdAt: row.created_at,
      }
    if (!caller.isSuperAdmin) return undefined
    const found = await findWorkspace(this.#db.kysely, workspace)
    return (
      found && { workspace, username: caller.username, isAdmin: true, isOperator: false, createdAt: found.created_at }
    )
  }
}

/** The part of an address that stands for its owner's name. */
export function nameOf(email: string): string {
  return (email.split('@')[0] ?? '').replace(/[^\w.-]/g, '_').slice(0, 50) || 'user'
}

const secretCaller: Caller = {
  email: SECRET_EMAIL,
  username: 'superadmin',
  isSuperAdmin: true,
  via: 'secret',
  boundTo: undefined,
  isReadOnly: false,
  scopes: undefined,
  tokenHash: undefined,
  jobId: undefined,
  expiresAtMs: undefined,
}
