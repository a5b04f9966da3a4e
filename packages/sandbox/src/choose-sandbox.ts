import { mkdir } from 'node:fs/promises'
import { openBwrapSandbox } from './bwrap/bwrap-sandbox.ts'
import type { SandboxMode } from './config.ts'
import { openPlainSandbox } from './plain/plain-sandbox.ts'
import { openSandboxExec } from './sandbox-exec/sandbox-exec.ts'
import type { Sandbox, SandboxOptions } from './sandbox.ts'
import { selfTest } from './self-test.ts'
import { openUnshareSandbox } from './unshare/unshare-sandbox.ts'

/** A sandbox that proved itself on this host, or why there is none and what to do. */
export type SandboxChoice =
  | { readonly found: true; readonly sandbox: Sandbox }
  | { readonly found: false; readonly problem: string; readonly remedy: string }

const OPENERS: Readonly<Record<Exclude<SandboxMode, 'auto'>, (options: SandboxOptions) => Promise<Sandbox>>> = {
  bwrap: openBwrapSandbox,
  unshare: openUnshareSandbox,
  'sandbox-exec': openSandboxExec,
  none: openPlainSandbox,
}

const REMEDY =
  'Install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap, apk add bubblewrap) and allow user namespaces ' +
  '(sysctl user.max_user_namespaces above 0, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), ' +
  'or set SANDBOX_MODE=none to run jobs with all rights of this server.'

/**
 * The named way of running jobs, or for `auto` the first that holds what it promises; `auto` never falls back to `none`.
 * `options.folder` is made when missing; every user must be able to enter it.
 */
export async function chooseSandbox(mode: SandboxMode, options: SandboxOptions): Promise<SandboxChoice> {
  await mkdir(options.folder, { recursive: true, mode: 0o755 })
  const problems: string[] = []
  for (const candidate of candidates(mode)) {
    const tried = await tryCandidate(candidate, options)
    if (typeof tried !== 'string') return { found: true, sandbox: tried }
    problems.push(`${candidate}: ${tried}`)
  }
  return { found: false, problem: `This host cannot isolate jobs (${problems.join('; ')}).`, remedy: REMEDY }
}

function candidates(mode: SandboxMode): readonly Exclude<SandboxMode, 'auto'>[] {
  if (mode !== 'auto') return [mode]
  return process.platform === 'darwin' ? ['sandbox-exec'] : ['bwrap', 'unshare']
}

async function tryCandidate(name: Exclude<SandboxMode, 'auto'>, options: SandboxOptions): Promise<Sandbox | string> {
  try {
    const sandbox = await OPENERS[name](options)
    return (await selfTest(sandbox, options.folder)) ?? sandbox
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
