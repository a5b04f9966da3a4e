import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { findBinaries } from '@millrace/db'

/** What the figures were measured on: they mean nothing without it. */
export interface Machine {
  readonly at: string
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly postgres: string
  /** Of the last minute, before the benchmark began: anything above 0.5 disturbs the figures. */
  readonly loadAtStart: number
}

/** Looks at the machine; a commit that is not the tree as it lies is marked with `+`. */
export async function describeMachine(): Promise<Machine> {
  const isDirty = git('status', '--porcelain', '--untracked-files=no') !== ''
  return {
    at: new Date().toISOString(),
    commit: `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${isDirty ? '+' : ''}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
    // The embedded one, which all sections use.
    postgres: (await findBinaries()).version,
    loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

function git(...args: readonly string[]): string {
  try {
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    // Not a clone, or no git: the figures then belong to no commit.
    return ''
  }
}
