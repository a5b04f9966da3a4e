import { readPackageJson, type PackageJson } from './npm-needs.ts'

/** `//bun.lockb` stands before a form that only old versions of Bun read. */
const MARKER = /^\/\/bun\.lockb?$/

/** A lock: a package.json, and what its packages were pinned to. */
export interface BunLock {
  readonly packageJson: PackageJson
  /** Text of package.json as it stands in the lock. */
  readonly packageText: string
  /** Text of bun.lock; undefined where a lock has none, and the package.json must do. */
  readonly lockText: string | undefined
}

/** Reads a lock: package.json, the line `//bun.lock`, bun.lock. Throws a `SyntaxError` when its first part is no JSON. */
export function readBunLock(text: string): BunLock {
  const lines = text.split('\n')
  const marker = lines.findIndex((line) => MARKER.test(line.trim()))
  const packageText = (marker < 0 ? lines : lines.slice(0, marker)).join('\n').trim()
  const lockText =
    marker < 0
      ? ''
      : lines
          .slice(marker + 1)
          .join('\n')
          .trim()
  return {
    packageText,
    packageJson: packageText === '' ? { dependencies: {} } : readPackageJson(packageText, 'lock'),
    lockText: lockText.startsWith('{') ? `${lockText}\n` : undefined,
  }
}
