import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Sandbox, SandboxOptions, SandboxProcess } from './sandbox.ts'
import type { Exit, Limits, RunSpec } from './spec.ts'

/** An implementation to prove: the module's function opens it, here and in a process that the suite kills. */
export interface SandboxSubject {
  readonly module: URL
  readonly opener: string
  readonly options?: Omit<SandboxOptions, 'folder'>
}

export const MB = 1024 * 1024
/** Bounds of a box that a test names none for. */
export const LIMITS: Limits = { memoryBytesMax: 256 * MB, processesMax: 64, fileBytesMax: 64 * MB, openFilesMax: 256 }
const ENV = { PATH: '/usr/bin:/bin' }

interface Finished {
  readonly exit: Exit
  readonly stdout: string
  readonly stderr: string
}

type Overrides = Partial<Pick<RunSpec, 'network' | 'limits' | 'nested'>> & { readonly host?: string }

/** A sandbox with a folder to work in, and short ways to run scripts in it. */
export class Bench {
  readonly #subject: SandboxSubject
  #sandbox: Sandbox | undefined
  folder = ''
  job = ''
  #count = 0

  constructor(subject: SandboxSubject) {
    this.#subject = subject
  }

  get sandbox(): Sandbox {
    if (!this.#sandbox) throw new Error('the bench is not open')
    return this.#sandbox
  }

  async open(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'millrace-box-'))
    await chmod(this.folder, 0o755)
    const module: Record<string, (options: SandboxOptions) => Promise<Sandbox>> = await import(
      this.#subject.module.href
    )
    const open = module[this.#subject.opener]
    if (!open) throw new Error(`${this.#subject.module.href} has no ${this.#subject.opener}`)
    this.#sandbox = await open({ ...this.#subject.options, folder: this.folder })
    this.job = await this.ownFolder()
  }

  async close(): Promise<void> {
    await this.#sandbox?.removeFolder(this.job)
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A fresh job folder; all are below the bench's own, which goes at the end. */
  async ownFolder(): Promise<string> {
    const host = join(this.folder, `job-${++this.#count}`)
    await this.sandbox.makeFolder(host)
    return host
  }

  /** Seconds to sleep that no other process sleeps, by which a process is found on the host. */
  mark(): string {
    return `${90_000 + ++this.#count}.${process.pid}${Math.floor(Math.random() * 1e6)}`
  }

  spec(script: string, overrides: Overrides = {}): RunSpec {
    const { host = this.job, ...rest } = overrides
    const mounts = [{ host, inside: '/job', writable: true }]
    return {
      argv: ['/bin/bash', '-c', script],
      env: ENV,
      cwd: '/job',
      mounts,
      network: 'none',
      limits: LIMITS,
      ...rest,
    }
  }

  start(script: string, overrides?: Overrides): Promise<SandboxProcess> {
    return this.sandbox.start(this.spec(script, overrides))
  }

  async run(script: string, overrides?: Overrides): Promise<Finished> {
    return finish(await this.start(script, overrides))
  }

  /** A process of its own that opens the same sandbox and starts a box in it. */
  spawnServer(script: string): ReturnType<typeof spawn> {
    const folder = join(this.folder, `server-${++this.#count}`)
    const source = `
      import { mkdirSync } from 'node:fs'
      import { ${this.#subject.opener} as open } from '${this.#subject.module.href}'
      mkdirSync('${folder}')
      const sandbox = await open({ ...${JSON.stringify(this.#subject.options ?? {})}, folder: '${folder}' })
      await sandbox.makeFolder('${folder}/job')
      const spec = ${JSON.stringify({ ...this.spec(script), mounts: [{ host: `${folder}/job`, inside: '/job', writable: true }] })}
      await (await sandbox.start(spec)).exited`
    return spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', source], { stdio: 'inherit' })
  }
}

export async function finish(box: SandboxProcess): Promise<Finished> {
  const [exit, stdout, stderr] = await Promise.all([box.exited, text(box.stdout), text(box.stderr)])
  return { exit, stdout, stderr }
}

/** Living processes of the host that sleep for this mark. */
export function findMarked(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isSleeping(pid, mark))
}

function isSleeping(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${mark}\0`
  } catch {
    return false
  }
}

/** Looks again until it holds, or the test's own time is over. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
