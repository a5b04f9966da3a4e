import { runStage } from './test/run-stage.ts'
import { build, checks, database, format, knip, lint, sandbox, types, unit } from './test/stages.ts'
import { hasPassed, stageLine } from './test/tally.ts'

/** What a contributor runs before a commit: cheapest first, and it ends with the first stage that fails. */
for (const stage of [format, lint, checks, types, knip, unit, database, sandbox, build]) {
  const result = await runStage(stage)
  console.log(stageLine(result))
  if (!hasPassed([result])) {
    process.exitCode = 1
    break
  }
}
