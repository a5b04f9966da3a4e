import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Stage } from './stages.ts'
import { judgeCommand, judgeTests, type StageResult, Tally, TALLY_FILE_VARIABLE } from './tally.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STAGE_MS_MAX = 15 * 60_000

/** Runs a stage, its output passed through; stops at its first command that fails. */
export async function runStage(stage: Stage): Promise<StageResult> {
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stage-'))
  const tallyFile = join(folder, 'tally.json')
  try {
    const exitCode = await runCommands(stage, tallyFile)
    const tally = stage.project
      ? judgeTests(stage.name, exitCode, readTally(tallyFile))
      : judgeCommand(stage.name, exitCode)
    return { name: stage.name, seconds: (performance.now() - started) / 1000, tally }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runCommands(stage: Stage, tallyFile: string): Promise<number | null> {
  for (const [command, ...args] of stage.commands) {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
        [TALLY_FILE_VARIABLE]: tallyFile,
      },
    })
    const deadline = setTimeout(() => child.kill('SIGKILL'), STAGE_MS_MAX)
    const code = await exitCodeOf(child)
    clearTimeout(deadline)
    if (code !== 0) return code
  }
  return 0
}

/** Null when a signal ended it, or when it could not be started at all. */
function exitCodeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.once('error', (error) => {
      console.error(error.message)
      resolve(null)
    })
  })
}

function readTally(file: string): Tally | undefined {
  return existsSync(file) ? Tally.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}
