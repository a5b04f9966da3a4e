import { runStage } from './test/run-stage.ts'
import { soak } from './test/stages.ts'
import { hasPassed, stageLine } from './test/tally.ts'

/** The scenarios of docs/reliability.md at full length: more than an hour of things that break, for before a release. */
const result = await runStage(soak)
console.log(stageLine(result))
if (!hasPassed([result])) process.exitCode = 1
