import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import type { Sandbox, SandboxProcess } from '@millrace/sandbox'

/** What attempts aim at: true things of this host, with a secret in each. */
export interface EscapeTargets {
  readonly secret: string
  /** A file that every user of the host can read. */
  readonly canary: string
  readonly canaryFolder: string
  readonly dataFolder: string
  /** A process of the server's own user, with the secret in its environment and memory. */
  readonly serverPid: number
  readonly serverMark: string
  /** The folder, on the host, of a job that runs beside. */
  readonly neighbourFolder: string
  readonly neighbourMark: string
  /** A service on the loopback of the host, by a port, a socket in a folder, and one without. */
  readonly port: number
  readonly socket: string
  readonly abstractName: string
  readonly databaseSockets: readonly string[]
  /** A service at a link-local address, where the host can have one. */
  readonly linkLocal: { readonly address: string; readonly port: number } | undefined
  /** The interpreter, and the folders that no job may write, as the job sees them. */
  readonly program: string
  readonly readOnlyMounts: readonly string[]
  /** What a process is called that a job leaves behind. */
  readonly leftMark: string
  /** Jobs come one after the other, and later ones find what earlier ones left. */
  readonly round: number
}

/** The targets that are there while a language is tried; the rest depends on language and round. */
export type StandingTargets = Omit<EscapeTargets, 'program' | 'readOnlyMounts' | 'round' | 'leftMark'>

/** What the one who asks knows of this host. */
export interface HostTargets {
  /** Sockets of the server's database. */
  readonly databaseSockets: readonly string[]
  readonly linkLocal: EscapeTargets['linkLocal']
}

const LIMITS = { memoryBytesMax: 2 ** 27, processesMax: 32, fileBytesMax: 2 ** 24, openFilesMax: 64 }

/** A range to shoot at below a folder: a stand-in for the server, a job beside, services, and files with secrets. */
export class EscapeRange {
  readonly targets: StandingTargets
  readonly #server: ChildProcess
  readonly #neighbour: SandboxProcess
  readonly #listeners: readonly Server[]
  readonly #calls: { count: number }
  #isNeighbourGone = false

  private constructor(
    targets: StandingTargets,
    parts: { server: ChildProcess; neighbour: SandboxProcess; listeners: readonly Server[]; calls: { count: number } },
  ) {
    this.targets = targets
    this.#server = parts.server
    this.#neighbour = parts.neighbour
    this.#listeners = parts.listeners
    this.#calls = parts.calls
    void this.#neighbour.exited.then(() => (this.#isNeighbourGone = true))
  }

  static async open(sandbox: Sandbox, folder: string, host: HostTargets): Promise<EscapeRange> {
    const secret = randomUUID()
    const canaryFolder = join(folder, 'canary')
    await mkdir(canaryFolder, { mode: 0o755 })
    const canary = join(canaryFolder, 'canary')
    await writeFile(canary, secret, { mode: 0o644 })

    const serverMark = mark()
    const held = await open(canary)
    const server = spawn('sleep', [serverMark], {
      cwd: canaryFolder,
      env: { PATH: '/usr/bin:/bin', MILLRACE_ESCAPE_SECRET: secret },
      stdio: [held.fd, 'ignore', 'ignore'],
    })
    await once(server, 'spawn')
    await held.close()

    const neighbourMark = mark()
    const neighbourFolder = join(folder, 'jobs', 'neighbour')
    const neighbour = await startNeighbour(sandbox, { folder: neighbourFolder, mark: neighbourMark, secret })
    const calls = { count: 0 }
    const socket = join(canaryFolder, 'socket')
    const abstractName = `millrace-${secret}`
    const listeners = await listen([{ port: 0, host: '::' }, { path: socket }, { path: `\0${abstractName}` }], calls)
    const targets: StandingTargets = {
      ...host,
      secret,
      canary,
      canaryFolder,
      dataFolder: folder,
      serverPid: server.pid ?? -1,
      serverMark,
      neighbourFolder,
      neighbourMark,
      port: portOf(listeners[0]),
      socket,
      abstractName,
    }
    return new EscapeRange(targets, { server, neighbour, listeners, calls })
  }

  /** What happened to the targets, seen from outside: sentences of what jobs did to them. */
  async damage({ leftMark, network }: { leftMark: string; network: 'host' | 'none' }): Promise<readonly Damage[]> {
    const { canary, neighbourFolder, secret } = this.targets
    const found: Damage[] = []
    if (this.#server.exitCode !== null || this.#server.signalCode !== null)
      found.push({ name: 'server-gone', tries: 'ends the server' })
    if (this.#isNeighbourGone) found.push({ name: 'neighbour-gone', tries: 'ends a job beside it' })
    if ((await readFile(canary, 'utf8').catch(() => '')) !== secret)
      found.push({ name: 'host-file-changed', tries: 'changes a file of the host' })
    if ((await readFile(join(neighbourFolder, 'secret'), 'utf8').catch(() => '')) !== secret)
      found.push({ name: 'neighbour-file-changed', tries: 'changes a file of a job beside it' })
    if (network === 'none' && this.#calls.count > 0)
      found.push({ name: 'service-called', tries: 'reaches a service of the host without a network' })
    this.#calls.count = 0
    const left = findProcesses(leftMark)
    if (left.length > 0) found.push({ name: 'process-left', tries: 'leaves a process that outlives the job' })
    for (const pid of left) process.kill(pid, 'SIGKILL')
    return found
  }

  async close(): Promise<void> {
    this.#server.kill('SIGKILL')
    this.#neighbour.kill('SIGKILL')
    for (const listener of this.#listeners) listener.close()
    await this.#neighbour.exited
  }
}

/** Something that an attempt achieved, as seen from outside. */
export interface Damage {
  readonly name: string
  readonly tries: string
}

/** Seconds to sleep that no other process of the host sleeps. */
export function mark(): string {
  return `${80_000 + Math.floor(Math.random() * 9000)}.${process.pid}${Math.floor(Math.random() * 1e6)}`
}

interface Neighbour {
  readonly folder: string
  readonly mark: string
  readonly secret: string
}

async function startNeighbour(sandbox: Sandbox, { folder, mark, secret }: Neighbour): Promise<SandboxProcess> {
  await mkdir(join(folder, '..'), { recursive: true, mode: 0o755 })
  await sandbox.makeFolder(folder)
  const box = await sandbox.start({
    argv: ['/bin/sh', '-c', `printf %s "$SECRET" >secret; chmod 600 secret; echo >&3; exec sleep ${mark}`],
    env: { PATH: '/usr/bin:/bin', SECRET: secret },
    cwd: '/job',
    mounts: [{ host: folder, inside: '/job', writable: true }],
    network: 'none',
    limits: LIMITS,
  })
  for (const stream of [box.stdout, box.stderr]) stream.resume()
  await once(box.control, 'data')
  box.control.resume()
  return box
}

async function listen(places: readonly object[], calls: { count: number }): Promise<Server[]> {
  return await Promise.all(
    places.map(async (place) => {
      const server = createServer((socket) => {
        calls.count += 1
        socket.on('error', () => undefined).end('open')
      })
      server.listen(place)
      await once(server, 'listening')
      return server
    }),
  )
}

function portOf(server: Server | undefined): number {
  const address: AddressInfo | string | null | undefined = server?.address()
  return typeof address === 'object' && address ? address.port : 0
}

function findProcesses(leftMark: string): number[] {
  const isLeft = (pid: string): boolean => {
    const path = `/proc/${pid}/cmdline`
    try {
      return existsSync(path) && readFileSync(path, 'utf8') === `sleep\0${leftMark}\0`
    } catch {
      return false
    }
  }
  const all = existsSync('/proc') ? readdirSync('/proc') : []
  return all.filter((pid) => /^\d+$/.test(pid) && isLeft(pid)).map(Number)
}
