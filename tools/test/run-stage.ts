import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Stage } from './stages.ts'
import { judgeCommand, judgeTests, type StageResult, Tally, TALLY_FILE_VARIABLE } from './tally.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STAGE_MINUTES_MAX = 15

/** A stage that is over, and what it printed. */
export interface EndedStage {
  readonly result: StageResult
  readonly output: string
}

/** Runs a stage, its output passed through; stops at its first command that fails. */
export function runStage(stage: Stage): Promise<StageResult> {
  return inFolder((folder) => run(stage, folder, 'inherit'))
}

/** Runs lines of stages at the same time, the stages of a line one after another; tells of each when it is over. */
export async function runBeside(
  lines: readonly (readonly Stage[])[],
  onEnd: (ended: EndedStage) => void,
): Promise<void> {
  await Promise.all(
    lines.map(async (stages) => {
      for (const stage of stages) onEnd(await inFolder((folder) => runQuietly(stage, folder)))
    }),
  )
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stage-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function runQuietly(stage: Stage, folder: string): Promise<EndedStage> {
  const file = join(folder, 'output')
  const descriptor = openSync(file, 'a')
  try {
    const result = await run(stage, folder, descriptor)
    return { result, output: readFileSync(file, 'utf8') }
  } finally {
    closeSync(descriptor)
  }
}

async function run(stage: Stage, folder: string, output: 'inherit' | number): Promise<StageResult> {
  const started = performance.now()
  const tallyFile = join(folder, 'tally.json')
  const exitCode = await runCommands(stage, tallyFile, output)
  const tally = stage.project
    ? judgeTests(stage.name, exitCode, readTally(tallyFile))
    : judgeCommand(stage.name, exitCode)
  return { name: stage.name, seconds: (performance.now() - started) / 1000, tally }
}

async function runCommands(stage: Stage, tallyFile: string, output: 'inherit' | number): Promise<number | null> {
  for (const [command, ...args] of stage.commands) {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', output, output],
      env: {
        ...process.env,
        PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
        [TALLY_FILE_VARIABLE]: tallyFile,
      },
    })
    const { minutesMax = STAGE_MINUTES_MAX } = stage
    const deadline = setTimeout(() => {
      console.error(`${stage.name} was ended after ${minutesMax} min`)
      child.kill('SIGKILL')
    }, minutesMax * 60_000)
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
