import type { LocalRun } from '../../runtime.ts'

const RUN = `// Runs main.ts with the arguments of args.json and prints its result.
import { readFile } from 'node:fs/promises'
import { main } from './main.ts'

const args = JSON.parse(await readFile('args.json', 'utf8'))
const parameters = JSON.parse(await readFile('parameters.json', 'utf8'))
const result = await main(...parameters.map((name) => args[name]))
console.log(JSON.stringify(result ?? null, undefined, 2))
`

/** A script on Bun, also one that shares a process with others on a worker. */
export const bunLocalRun = localRunOn('bun')

/** A script in TypeScript, run by an engine that takes `run.ts` as its last word. */
export function localRunOn(engine: string, ...flags: readonly string[]): LocalRun {
  return { script: 'main.ts', files: { 'run.ts': RUN }, argv: [engine, ...flags, 'run.ts'] }
}
