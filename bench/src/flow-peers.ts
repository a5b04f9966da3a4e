import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'

const FOLDER = fileURLToPath(new URL('../peers', import.meta.url))
const TIME_MS_MAX = 300_000

const execute = promisify(execFile)

const figures = z.object({ one: z.number(), many: z.number(), short: z.number() })

/** What a system takes for durable steps that do nothing. */
export type StepFigures = z.infer<typeof figures>

/** Installs the peers, which are too large to come with the project, unless they are there. */
export async function installPeers(): Promise<void> {
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
  await execute('npm', ['install', ...options], { cwd: FOLDER, timeout: TIME_MS_MAX })
}

/** DBOS in the same PostgreSQL. */
export async function measureDbos(databaseUrl: string): Promise<StepFigures> {
  return await runPeer('dbos.js', [databaseUrl])
}

/** Restate with its server in a folder of its own on the same disk, called over HTTP. */
export async function measureRestate(): Promise<StepFigures> {
  const data = await mkdtemp(join(tmpdir(), 'millrace-bench-peer-'))
  try {
    return await runPeer('restate.js', [data, join(FOLDER, 'node_modules', '.bin')])
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

async function runPeer(file: string, args: readonly string[]): Promise<StepFigures> {
  const { stdout } = await execute(process.execPath, [join(FOLDER, file), ...args], {
    cwd: FOLDER,
    timeout: TIME_MS_MAX,
  })
  return figures.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
}
