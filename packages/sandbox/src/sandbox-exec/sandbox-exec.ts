import { spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { Box, holdStreams, outerOf } from '../box.ts'
import { findExecutable } from '../find-executable.ts'
import { withHostPaths } from '../host-paths.ts'
import { launchCommand } from '../launcher.ts'
import { SandboxFault, type Sandbox, type SandboxOptions, type SandboxProcess } from '../sandbox.ts'
import type { Isolation, RunSpec } from '../spec.ts'
import { sandboxProfile } from './profile.ts'

/**
 * Boxes by `sandbox-exec` of macOS. Untested: it has not run on a Mac, and the self-test decides there whether it holds.
 * Jobs keep our user id, see the host's process table, and their memory is not bounded.
 */
export async function openSandboxExec(_options: SandboxOptions): Promise<Sandbox> {
  const program = await findExecutable('sandbox-exec')
  if (program === undefined) throw new SandboxFault('sandbox-exec is not on this host')
  return new SandboxExec(program)
}

class SandboxExec implements Sandbox {
  readonly id = 'sandbox-exec'
  readonly isolation: Isolation = {
    files: true,
    processes: false,
    network: true,
    user: false,
    memory: false,
    cpu: false,
    nested: false,
    calls: false,
    metadata: false,
  }
  readonly #program: string

  constructor(program: string) {
    this.#program = program
  }

  async makeFolder(host: string): Promise<void> {
    await mkdir(host, { recursive: true, mode: 0o700 })
  }

  async removeFolder(host: string): Promise<void> {
    await rm(host, { recursive: true, force: true, maxRetries: 3 })
  }

  async start(spec: RunSpec): Promise<SandboxProcess> {
    if (spec.nested) throw new SandboxFault('boxes inside a box need bubblewrap, which macOS has not')
    const { argv, env, cwd } = withHostPaths(spec)
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const [file, ...rest] = launchCommand(
      [this.#program, '-p', sandboxProfile(spec), '/usr/bin/env', '-i', ...words, ...argv],
      spec.limits,
      undefined,
      'us',
    )
    const child = spawn(file, rest, { cwd, env: {}, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const box = new Box({
      outer: outerOf(child),
      streams: holdStreams(child),
      group: undefined,
      spec,
      init: undefined,
      exitCode: () => undefined,
      release() {},
    })
    if (child.pid === undefined) throw new SandboxFault(`the command could not be started in ${cwd}`)
    return box
  }
}
