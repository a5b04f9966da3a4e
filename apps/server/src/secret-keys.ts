import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecretKeys } from '@millrace/vault'
import { ConfigError, type Config } from './config.ts'

const LENGTH_MIN = 32

/**
 * Where the key of secrets comes from: the environment, a file that it names, or with a database of our own a file beside it,
 * made at its first use. A given database keeps one itself, for several hosts must have the same.
 */
export async function readSecretKeys(config: Config, ownsDatabase: boolean): Promise<SecretKeys> {
  const { secretKey, secretKeyFile, dataDir } = config.server
  const configured = secretKey ?? (secretKeyFile === undefined ? undefined : await readKeyFile(secretKeyFile))
  const file = join(dataDir, 'secret.key')
  const kept = (await readFile(file, 'utf8').catch(() => undefined))?.trim()
  const mustMake = ownsDatabase && configured === undefined && kept === undefined
  return { configured, ownFile: mustMake ? await makeKeyFile(file) : kept }
}

async function readKeyFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError(`MILLRACE_SECRET_KEY_FILE: ${path} cannot be read: ${String(error)}`)
  })
  if (text.trim().length < LENGTH_MIN)
    throw new ConfigError(`MILLRACE_SECRET_KEY_FILE: ${path} must hold at least ${LENGTH_MIN} characters.`)
  return text.trim()
}

async function makeKeyFile(path: string): Promise<string> {
  const key = randomBytes(32).toString('hex')
  await writeFile(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
  return key
}
