import { spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { Box, holdStreams, outerOf } from '../box.ts'
import { openCgroups } from '../cgroup/cgroups.ts'
import { type Cgroup, type Cgroups } from '../cgroup/cgroup.ts'
import { findExecutable } from '../find-executable.ts'
import { withHostPaths } from '../host-paths.ts'
import { launchCommand } from '../launcher.ts'
import { SandboxFault, type Sandbox, type SandboxOptions, type SandboxProcess } from '../sandbox.ts'
import type { Isolation, RunSpec } from '../spec.ts'

/**
 * Runs commands with all rights of this process and no walls at all, for hosts where something else isolates. Nothing is
 * mounted: paths of the command, its folder and its environment are rewritten to the host's.
 */
export async function openPlainSandbox(options: SandboxOptions): Promise<Sandbox> {
  const cgroups = (options.cgroups ?? true) ? openCgroups() : undefined
  return new PlainSandbox(cgroups, await findExecutable('setpriv'))
}

class PlainSandbox implements Sandbox {
  readonly id = 'none'
  readonly isolation: Isolation
  readonly #cgroups: Cgroups | undefined
  readonly #setpriv: string | undefined

  constructor(cgroups: Cgroups | undefined, setpriv: string | undefined) {
    this.#cgroups = cgroups
    this.isolation = {
      files: false,
      processes: false,
      network: false,
      user: false,
      memory: true,
      cpu: cgroups?.boundsCpu ?? false,
      nested: false,
      calls: false,
      metadata: false,
    }
    this.#setpriv = setpriv
  }

  async makeFolder(host: string): Promise<void> {
    await mkdir(host, { recursive: true, mode: 0o700 })
  }

  async removeFolder(host: string): Promise<void> {
    await rm(host, { recursive: true, force: true, maxRetries: 3 })
  }

  async start(spec: RunSpec): Promise<SandboxProcess> {
    if (spec.nested) throw new SandboxFault('boxes inside a box need a sandbox that isolates; install bubblewrap')
    const { argv, env, cwd } = withHostPaths(spec)
    const group: Cgroup | undefined = this.#cgroups?.create(spec.limits, undefined)
    // A server that dies without a word takes at least the command itself along.
    const lifeline = this.#setpriv === undefined ? [] : [this.#setpriv, '--pdeathsig', 'KILL']
    const [file, ...rest] = launchCommand(
      [...lifeline, '/usr/bin/env', '-i', ...assignments(env), ...argv],
      spec.limits,
      group,
      'us',
    )
    try {
      const child = spawn(file, rest, { cwd, env: {}, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
      const box = new Box({
        outer: outerOf(child),
        streams: holdStreams(child),
        group,
        spec,
        init: undefined,
        exitCode: () => undefined,
        release() {},
      })
      if (child.pid === undefined) throw new SandboxFault(`the command could not be started in ${cwd}`)
      await group?.admit(child.pid)
      return box
    } catch (error) {
      await group?.remove()
      throw error instanceof SandboxFault
        ? error
        : new SandboxFault('the command could not be started', { cause: error })
    }
  }
}

function assignments(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}
