import { fileURLToPath } from 'node:url'
import { browserDoorsCheck } from './browser-doors.ts'
import { docsCheck } from './docs.ts'
import { envCheck } from './env.ts'
import { faultLine, type Check } from './fault.ts'
import { kindLiteralsCheck } from './kind-literals.ts'
import { layersCheck } from './layers.ts'
import { migrationLocksCheck } from './migration-locks.ts'
import { migrationsCheck } from './migrations.ts'
import { wordsCheck } from './words.ts'

const checks: readonly Check[] = [
  layersCheck,
  browserDoorsCheck,
  kindLiteralsCheck,
  envCheck,
  wordsCheck,
  docsCheck,
  migrationsCheck,
  migrationLocksCheck,
]

const root = fileURLToPath(new URL('../..', import.meta.url))
const results = checks.map((check) => runCheck(check, root))
if (results.includes(false)) process.exitCode = 1

function runCheck(check: Check, root: string): boolean {
  const started = performance.now()
  const lines = faultLines(check, root)
  const ms = Math.round(performance.now() - started)
  console.log(`${lines.length === 0 ? 'ok  ' : 'FAIL'} ${check.name} (${ms} ms)`)
  for (const line of lines) console.log(`     ${line}`)
  return lines.length === 0
}

/** A check that cannot see counts as one that found something. */
function faultLines(check: Check, root: string): readonly string[] {
  try {
    return check.find(root).map(faultLine)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
