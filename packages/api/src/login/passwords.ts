import { hash, verify } from '@node-rs/argon2'

/** Argon2id with 19 MiB, two passes: the library's variant by default is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

let decoy: Promise<string> | undefined

/** The hash to store of a password. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

/** Whether the password is the one of the hash. Without a hash it works as long and says no. */
export async function isPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const isRight = await verify(stored ?? (await decoy), password)
  return isRight && typeof stored === 'string'
}
