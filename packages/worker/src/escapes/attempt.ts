import type { Isolation } from '@millrace/sandbox/spec'

/** One way out of a box, as data; the driver of each language carries it out by its own means. */
export interface Attempt {
  /** Permanent and unique. */
  readonly name: string
  /** What it is after, as the end of "a job …". */
  readonly tries: string
  /** What the sandbox must declare for it to fail. */
  readonly needs: keyof Isolation
  /** The network it is meant for; any when absent. */
  readonly network?: 'host' | 'none'
  /** A kind that the drivers know, and its words. */
  readonly by: readonly [kind: string, ...words: string[]]
}

/** A path as part of a name. */
export function nameOf(path: string): string {
  if (path === '/') return 'root'
  if (path === '.') return 'here'
  if (path === '..') return 'above'
  return path
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase()
}
