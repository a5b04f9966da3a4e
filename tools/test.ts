import { runBeside, runStage } from './test/run-stage.ts'
import { build, checks, database, e2e, format, knip, lint, sandbox, types, unit } from './test/stages.ts'
import { hasPassed, stageLine, type StageResult, summaryLines } from './test/tally.ts'

/** Everything that CI asks, to the end whatever fails on the way; the last line is `N passed, N failed`. */
const results: StageResult[] = []

// The first takes as long as the others together, on one processor.
await runBeside([[format], [lint, checks, types, knip, build]], ({ result, output }) => {
  console.log(`\n— ${result.name} —`)
  process.stdout.write(output)
  console.log(stageLine(result))
  results.push(result)
})

for (const stage of [unit, database, sandbox, e2e]) {
  console.log(`\n— ${stage.name} —`)
  const result = await runStage(stage)
  console.log(stageLine(result))
  results.push(result)
}

console.log('')
for (const line of summaryLines(results)) console.log(line)
if (!hasPassed(results)) process.exitCode = 1
