import { createHash } from 'node:crypto'

/** The value of a flow as it is kept: its JSON text, and the hash by which runs are pinned to it. */
export function definitionOf(value: unknown): { readonly hash: string; readonly value: string } {
  const text = JSON.stringify(value)
  return { hash: createHash('sha256').update(text).digest('hex'), value: text }
}
