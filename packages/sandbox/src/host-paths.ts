import type { Mount, RunSpec } from './spec.ts'

/**
 * The spec for a box that cannot mount: paths as the job would see them become the host's, in the command, the working
 * folder and the environment, wherever one stands alone, after `=` or `:`, or before a further part.
 */
export function withHostPaths(spec: RunSpec): Pick<RunSpec, 'argv' | 'env' | 'cwd'> {
  const mounts = [...spec.mounts].sort((a, b) => b.inside.length - a.inside.length)
  const [program, ...rest] = spec.argv
  return {
    argv: [toHost(program, mounts), ...rest.map((word) => toHost(word, mounts))],
    env: Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, toHost(value, mounts)])),
    cwd: toHost(spec.cwd, mounts),
  }
}

function toHost(text: string, mounts: readonly Mount[]): string {
  if (mounts.length === 0) return text
  const inside = mounts.map((mount) => escapeForPattern(mount.inside)).join('|')
  const pattern = new RegExp(`(^|[=:])(${inside})(?=$|[/:])`, 'g')
  return text.replace(
    pattern,
    (_, before: string, path: string) => `${before}${mounts.find((mount) => mount.inside === path)?.host ?? path}`,
  )
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
