import { createHash } from 'node:crypto'

/** The key of a step: a hash of everything that its output depends on. */
export function contentKey(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
