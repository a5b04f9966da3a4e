import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

const LAUNCHER = fileURLToPath(new URL('../apps/cli/bin/millrace.mjs', import.meta.url))

/** What a command did. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How to run a command. */
export interface CommandOptions {
  /** Added to a small environment: none of the settings of the shell that runs the tests reach the command. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly cwd?: string
}

/** Runs `millrace …` through the real launcher, to its end. */
export function runMillrace(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return runCommand(process.execPath, [LAUNCHER, ...args], options)
}

/** Starts `millrace …` through the real launcher and leaves it running; `onText` is told all that it prints. */
export function startLauncher(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onText: (text: string) => void,
) {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd: projectRoot,
    env: { ...smallEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText)
  return child
}

/** Runs a program to its end. */
export function runCommand(program: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? projectRoot,
    env: { ...smallEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const read = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (read.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (read.stderr += text))
  // A command that reads no input may be gone before it is written.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...read }))
  })
}

/** What any program needs, and nothing that the tests' own shell or Vitest has set for itself. */
export function smallEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR']
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
