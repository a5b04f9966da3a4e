/** Who sends a request, as far as the token says. */
export interface Caller {
  readonly email: string
  /** Of the account; the name in a workspace may be another one. */
  readonly username: string
  readonly isSuperAdmin: boolean
  /** How it was shown: a browser sends the cookie by itself, the others are sent on purpose. */
  readonly via: 'cookie' | 'token' | 'secret' | 'job'
  /** The only workspace that the token is good for. */
  readonly boundTo: string | undefined
  readonly isReadOnly: boolean
  /** What the token is limited to; undefined is no limit. */
  readonly scopes: readonly string[] | undefined
  /** SHA-256 of the token, where one is stored. */
  readonly tokenHash: Buffer | undefined
  /** The job whose token it is. */
  readonly jobId: string | undefined
  /** When the token expires, in milliseconds since 1970; undefined is never. */
  readonly expiresAtMs: number | undefined
}

/** Who the caller is inside one workspace. */
export interface Membership {
  readonly workspace: string
  readonly username: string
  readonly isAdmin: boolean
  readonly isOperator: boolean
  readonly createdAt: Date
}
