export { Launcher, type LauncherOptions } from './launcher.ts'
export type { Run, RunEnd, RunRequest, StepRequest } from './launch-context.ts'
export { failed } from './outcome.ts'
export type { RunError, RunOutcome } from './outcome.ts'
