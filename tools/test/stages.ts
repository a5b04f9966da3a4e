/** A part of `npm run check` and `npm test`: commands that run one after another, each from the root. */
export interface Stage {
  readonly name: string
  readonly commands: readonly (readonly [string, ...string[]])[]
  /** A Vitest project, whose tests are counted one by one; a stage without counts as one test. */
  readonly project?: string
  /** Minutes for each command; 15 unless told otherwise. */
  readonly minutesMax?: number
}

export const format: Stage = { name: 'format', commands: [['prettier', '--check', '--log-level=warn', '.']] }
export const lint: Stage = { name: 'lint', commands: [['oxlint', '--deny-warnings']] }
export const checks: Stage = {
  name: 'checks',
  commands: [['npm', 'run', '--silent', 'checks']],
}
export const types: Stage = {
  name: 'types',
  commands: [
    ['tsc', '-p', 'tsconfig.json'],
    ['tsc', '-p', 'apps/web/tsconfig.json', '--noEmit'],
  ],
}
export const knip: Stage = { name: 'knip', commands: [['knip', '--no-progress']] }
export const build: Stage = { name: 'build', commands: [['npm', 'run', 'build', '--workspaces', '--if-present']] }
export const unit = vitestStage('unit')
export const database = vitestStage('database')
export const sandbox = vitestStage('sandbox')
export const e2e = vitestStage('e2e')
export const soak: Stage = { ...vitestStage('soak'), minutesMax: 240 }

function vitestStage(project: string): Stage {
  const reporters = ['--reporter=default', '--reporter=./tools/test/tally-reporter.ts']
  return { name: project, project, commands: [['vitest', 'run', '--project', project, ...reporters]] }
}
