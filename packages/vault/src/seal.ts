import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/**
 * AES-256-GCM in two wrappings. At rest: `version · nonce (random) · tag · text`, with the place as associated data, so that a
 * row's secret cannot be put into another row. Portable, for what leaves the server and comes back (`include_encrypted`,
 * `already_encrypted`): `mark · nonce · tag · padded text` in base64, a multiple of 16 bytes, bound to no place because files
 * are renamed and moved between workspaces that share a key; its nonce is an HMAC of the text, so that an unchanged secret
 * gives the same text every time and is no difference to a version control.
 */
const VERSION = 1
const NONCE = 12
const TAG = 16
const BLOCK = 16
const MARK = Buffer.from('mrs1')
const PORTABLE = Buffer.from('millrace portable secret')

/** What is sealed cannot be opened with this key, in this place; or it is no sealed text at all. */
export class UnreadableSecret extends Error {
  override readonly name = 'UnreadableSecret'
}

/** A key of 32 bytes for one use, from a text or from bytes of any length. */
export function deriveKey(secret: string | Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'millrace', use, 32))
}

/** Seals at rest; `place` says where the secret lies and must be the same to open it. */
export function seal(key: Buffer, text: string, place: readonly string[]): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bytesOf(place))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), body])
}

/** Throws `UnreadableSecret`. */
export function unseal(key: Buffer, sealed: Buffer, place: readonly string[]): string {
  const start = 1 + NONCE + TAG
  if (sealed.length < start || sealed[0] !== VERSION) throw new UnreadableSecret('it is no sealed secret')
  const [nonce, tag, body] = [sealed.subarray(1, 1 + NONCE), sealed.subarray(1 + NONCE, start), sealed.subarray(start)]
  return open({ key, nonce, tag, body }, bytesOf(place)).toString('utf8')
}

/** Base64 whose bytes are a multiple of 16; the same text and key give the same. */
export function sealPortable(key: Buffer, text: string): string {
  const plain = Buffer.from(text, 'utf8')
  const padding = BLOCK - (plain.length % BLOCK)
  const padded = Buffer.concat([plain, Buffer.alloc(padding, padding)])
  const nonce = createHmac('sha256', key).update(PORTABLE).update(padded).digest().subarray(0, NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(PORTABLE)
  const body = Buffer.concat([cipher.update(padded), cipher.final()])
  return Buffer.concat([MARK, nonce, cipher.getAuthTag(), body]).toString('base64')
}

/** Throws `UnreadableSecret`. */
export function unsealPortable(key: Buffer, text: string): string {
  const bytes = Buffer.from(text, 'base64')
  const start = MARK.length + NONCE + TAG
  if (bytes.length <= start || bytes.length % BLOCK !== 0 || !bytes.subarray(0, MARK.length).equals(MARK))
    throw new UnreadableSecret('it is no encrypted value of this server')
  const nonce = bytes.subarray(MARK.length, MARK.length + NONCE)
  const tag = bytes.subarray(MARK.length + NONCE, start)
  const padded = open({ key, nonce, tag, body: bytes.subarray(start) }, PORTABLE)
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0)).toString('utf8')
}

interface Sealed {
  readonly key: Buffer
  readonly nonce: Buffer
  readonly tag: Buffer
  readonly body: Buffer
}

function open({ key, nonce, tag, body }: Sealed, associated: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
    .setAAD(associated)
    .setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(body), decipher.final()])
  } catch (error) {
    throw new UnreadableSecret('it was sealed with another key or in another place', { cause: error })
  }
}

/** Unambiguous: parts cannot run into each other. */
function bytesOf(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place))
}
