import { runStage } from './test/run-stage.ts'
import { soak } from './test/stages.ts'
import { hasPassed, stageLine } from './test/tally.ts'

/** The crash tests at full length: minutes of killed processes, for before a release. */
const result = await runStage(soak)
console.log(stageLine(result))
if (!hasPassed([result])) process.exitCode = 1
