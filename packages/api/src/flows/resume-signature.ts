import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long an address to answer with is good for. */
const LIFE_S = 90 * 24 * 3600
/** Base 36, from the start of 1970. */
const SIGNATURE = /^([0-9a-z]{1,12})-([0-9a-f]{64})$/

/** What is signed: who may answer what. */
export interface Signed {
  readonly workspace: string
  /** A step, or a run as a whole. */
  readonly job: string
  readonly resumeId: number
  /** Undefined: whoever has the address. */
  readonly approver: string | undefined
}

/** What a signature shows. */
export type Verdict =
  | { readonly kind: 'good'; readonly approver: string | undefined }
  | { readonly kind: 'bad' }
  | { readonly kind: 'expired' }

/** Signs with the key of the workspace; the signature says itself until when it is good. */
export function signResume(key: string, signed: Signed, nowMs: number): string {
  const until = (Math.floor(nowMs / 1000) + LIFE_S).toString(36)
  return `${until}-${digest(key, signed, until)}`
}

/** Whether a signature is one of these, whoever it was made for. */
export function verifyResume(key: string, signed: Signed, signature: string, nowMs: number): Verdict {
  const [, until, hex] = SIGNATURE.exec(signature) ?? []
  if (until === undefined || hex === undefined) return { kind: 'bad' }
  const approver = [signed.approver, undefined].find((name) =>
    isEqual(hex, digest(key, { ...signed, approver: name }, until)),
  )
  const isNobody = isEqual(hex, digest(key, { ...signed, approver: undefined }, until))
  if (approver === undefined && !isNobody) return { kind: 'bad' }
  if (Number.parseInt(until, 36) * 1000 < nowMs) return { kind: 'expired' }
  return { kind: 'good', approver }
}

function digest(key: string, { workspace, job, resumeId, approver }: Signed, until: string): string {
  const text = JSON.stringify(['resume', workspace, job, resumeId, approver ?? null, until])
  return createHmac('sha256', key).update(text).digest('hex')
}

function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
