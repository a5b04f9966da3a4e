import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { invariant } from '@millrace/base/invariant'
import { Box, endOf, holdStreams, outerOf } from '../box.ts'
import { openCgroups } from '../cgroup/cgroups.ts'
import { type Cgroup, type Cgroups } from '../cgroup/cgroup.ts'
import { checkMounts } from '../check-mounts.ts'
import { findExecutable } from '../find-executable.ts'
import { JobFolders } from '../job-folders.ts'
import { launchCommand } from '../launcher.ts'
import { guardMetadata } from '../metadata-guard.ts'
import { findChildren } from '../process-tree.ts'
import { SandboxFault, type Sandbox, type SandboxOptions, type SandboxProcess } from '../sandbox.ts'
import type { Isolation, RunSpec } from '../spec.ts'
import { prepareSystemFolders, type SystemEntry } from '../system-folders.ts'
import { processUser } from '../uid-leases.ts'
import { ENTER_BOX } from './enter-box.ts'

const PLAN = 4
const STATUS = 6
const TOOLS = ['unshare', 'setpriv', 'mount', 'umount', 'pivot_root'] as const

/** Boxes by the tools of util-linux, for hosts without bubblewrap. Rejects with a `SandboxFault` when one is missing. */
export async function openUnshareSandbox(options: SandboxOptions): Promise<Sandbox> {
  const tools = new Map<string, string>()
  for (const name of TOOLS) {
    const path = await findExecutable(name)
    if (path === undefined) throw new SandboxFault(`${name} of util-linux is not installed`)
    tools.set(name, path)
  }
  const folder = join(options.folder, 'unshare')
  const root = join(folder, 'root')
  await mkdir(root, { recursive: true, mode: 0o755 })
  const system = await prepareSystemFolders(folder)
  const cgroups = (options.cgroups ?? true) ? openCgroups() : undefined
  return new UnshareSandbox({ root, system, cgroups, guardsMetadata: await guardMetadata() })
}

interface UnshareSetup {
  readonly root: string
  readonly system: readonly SystemEntry[]
  readonly cgroups: Cgroups | undefined
  readonly guardsMetadata: boolean
}

class UnshareSandbox implements Sandbox {
  readonly id = 'unshare'
  readonly isolation: Isolation
  readonly #root: string
  readonly #system: readonly SystemEntry[]
  readonly #cgroups: Cgroups | undefined
  readonly #folders = new JobFolders()

  constructor({ root, system, cgroups, guardsMetadata }: UnshareSetup) {
    this.#root = root
    this.#system = system
    this.#cgroups = cgroups
    this.isolation = {
      files: true,
      processes: true,
      network: true,
      user: true,
      memory: true,
      cpu: cgroups?.boundsCpu ?? false,
      // Without a namespace of users, the rights that a nested command keeps would count on the host.
      nested: false,
      calls: false,
      metadata: guardsMetadata,
    }
  }

  makeFolder(host: string): Promise<void> {
    return this.#folders.make(host)
  }

  removeFolder(host: string): Promise<void> {
    return this.#folders.remove(host)
  }

  async start(spec: RunSpec): Promise<SandboxProcess> {
    if (spec.nested) throw new SandboxFault('boxes inside a box need bubblewrap; install it or run each job by itself')
    await checkMounts(spec.mounts)
    const lease = await this.#folders.lease(spec.mounts)
    let group: Cgroup | undefined
    try {
      group = this.#cgroups?.create(spec.limits, undefined)
      const [file, ...argv] = launchCommand(this.#command(spec), spec.limits, group, 'us')
      const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
      const child = spawn(file, argv, {
        env,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ignore', 'pipe'],
      })
      return await this.#settle(child, spec, group, lease)
    } catch (error) {
      await group?.remove()
      lease.release()
      throw error instanceof SandboxFault ? error : new SandboxFault('the box could not be started', { cause: error })
    }
  }

  /** The first `read` holds everything back until the process is in its control group. */
  #command(spec: RunSpec): string[] {
    const namespaces = ['--mount', '--pid', '--ipc', '--uts', ...(spec.network === 'none' ? ['--net'] : [])]
    const user = processUser() === 0 ? [] : ['--map-root-user']
    const unshare = [
      'unshare',
      ...user,
      ...namespaces,
      '--fork',
      '--kill-child=KILL',
      '/bin/sh',
      '-c',
      ENTER_BOX,
      'box',
      this.#root,
    ]
    return ['/bin/sh', '-c', `read -r _ <&${PLAN}; exec "$@"`, 'sh', 'setpriv', '--pdeathsig', 'KILL', ...unshare]
  }

  async #settle(
    child: ChildProcess,
    spec: RunSpec,
    group: Cgroup | undefined,
    lease: { readonly uid: number | undefined; release(): void },
  ): Promise<SandboxProcess> {
    const pipes: readonly unknown[] = child.stdio
    const told = pipes[PLAN]
    const heard = pipes[STATUS]
    invariant(told instanceof Duplex && heard instanceof Readable, 'a box is told and heard over pipes')
    const ended = endOf(child)
    const streams = holdStreams(child)
    told.on('error', () => undefined)
    if (group && child.pid !== undefined) await group.admit(child.pid)
    told.end(`go\n${plan(spec, this.#system, lease.uid)}`)

    const ready = await firstWord(heard)
    const init = child.pid === undefined ? undefined : findChildren(child.pid)[0]
    if (ready === 'ready') {
      return new Box({
        outer: outerOf(child),
        streams,
        group,
        spec,
        init,
        exitCode: () => undefined,
        release: lease.release,
      })
    }
    streams.stdout.resume()
    const [said] = await Promise.all([text(streams.stderr), ended])
    throw new SandboxFault(`the box could not be made: ${said.trim() || 'unshare ended without a word'}`)
  }
}

/** Shell text; it travels over a descriptor since a command line, with the job's secrets, shows to all. */
function plan(spec: RunSpec, system: readonly SystemEntry[], uid: number | undefined): string {
  const user = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
  const rights = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs']
  const env = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`)
  const command = ['setpriv', ...user, ...rights, 'env', '-i', ...env, ...spec.argv].map(quote).join(' ')
  return [
    ...system.map((entry) =>
      entry.kind === 'link' ? words('link', entry.target, entry.inside) : words('view', entry.host, entry.inside),
    ),
    ...['/tmp', '/dev/shm'].map((path) => words('room', path, String(spec.limits.memoryBytesMax))),
    ...spec.mounts.map((mount) => words(mount.writable ? 'share' : 'view', mount.host, mount.inside)),
    `loopback=${spec.network === 'none' ? 'yes' : ''}`,
    `folder=${quote(spec.cwd)}`,
    `run() { ${command} 6>&-; }`,
  ].join('\n')
}

function words(...list: readonly string[]): string {
  return list.map(quote).join(' ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function firstWord(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    stream.setEncoding('utf8')
    stream.once('data', (text: string) => resolve(text.trim()))
    stream.once('close', () => resolve(''))
  })
}
