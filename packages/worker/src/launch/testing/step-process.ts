import { openStepHost } from './open-step-host.ts'
import type { Step } from '@millrace/runtimes'

/** What one process is told: a step to run on a shared data folder. It says what the step prints, and last the output. */
interface Plan {
  readonly dataDir: string
  readonly own: string
  readonly step: Step
}

const plan = JSON.parse(process.argv[2] ?? '') as Plan
const { launcher, request } = await openStepHost(plan.dataDir, plan.own)
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const answer = await launcher.resolve(
  plan.step,
  request((log) => say({ log })),
)
say({ answer, stepsRun: launcher.stepsRun })
await launcher.stop()
