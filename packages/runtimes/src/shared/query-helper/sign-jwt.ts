import { createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { ConfigError } from './values.ts'

/** A token of these claims, signed with RS256. */
export function signJwt(
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
  header: Readonly<Record<string, unknown>> = {},
): string {
  const parts = [{ alg: 'RS256', typ: 'JWT', ...header }, claims]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** An RSA key of a resource as PEM; line feeds may be written as `\n`, and the lines around the key left out. */
export function privateKeyOf(pem: string, passphrase?: string): KeyObject {
  const lines = pem.replaceAll(String.raw`\n`, '\n').trim()
  const whole = lines.startsWith('-----') ? lines : `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----`
  try {
    return createPrivateKey({ key: `${whole}\n`, ...(passphrase !== undefined && { passphrase }) })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`"private_key" of the resource is no private key as PEM: ${why}`)
  }
}
