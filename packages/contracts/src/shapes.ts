import { z } from 'zod'

/** Strings that PostgreSQL can hold: no NUL. */
export const Text = z.string().refine((value) => !value.includes('\0'), 'must not contain a NUL character')

export const WorkspaceId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/i, 'letters, digits, - and _, at most 50, beginning with a letter or digit')

/** `u/<user>/<name>` or `f/<folder>/<name>`; further slashes are part of the name. */
export const ItemPath = z
  .string()
  .max(255)
  .regex(
    /^[ufg](\/(?!\.\.?(\/|$))[\w.@+-]+){2,}$/,
    'must read u/<user>/<name> or f/<folder>/<name>, of letters, digits, _ - . @ +',
  )

/** 16 lower-case hex digits. */
export const ScriptHash = z.string().regex(/^[0-9a-f]{16}$/, 'must be the 16 hex digits of a script version')

/** A UUID of any version, in lower case. */
export const JobId = z.guid().toLowerCase()

/** Any JSON value. */
export const Json = z.unknown()

/** ISO-8601 with zone. */
export const Instant = z.iso.datetime({ offset: true })

/** A query flag: `true`, `false`, `1`, `0`, or present without value. */
export const Flag = z
  .enum(['true', 'false', '1', '0', ''])
  .transform((value) => value === 'true' || value === '1' || value === '')

/** 1-based; clients that begin with 0 get page 1. */
export const Page = z.object({
  page: z.coerce.number().int().min(0).max(1_000_000).optional(),
  per_page: z.coerce.number().int().min(1).max(100_000).optional(),
})

/** What a failed request is answered with. */
export const ProblemReply = z.object({
  code: z.string(),
  message: z.string(),
  detail: Json.optional(),
  requestId: z.string(),
})
export type ProblemReply = z.infer<typeof ProblemReply>
