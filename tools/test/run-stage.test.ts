import { expect, test } from 'vitest'
import { runStage } from './run-stage.ts'

test('a stage of commands passes when each of them does', async () => {
  const { tally } = await runStage({ name: 'two', commands: [node(''), node('')] })
  expect(tally).toEqual({ passed: 1, failed: [], skipped: [] })
})

test('a stage ends with its first command that fails', async () => {
  const { tally } = await runStage({ name: 'two', commands: [node('process.exitCode = 3'), node('')] })
  expect(tally.failed).toEqual(['two: ended with 3'])
})

test('a stage whose command does not exist has failed', async () => {
  const { tally } = await runStage({ name: 'gone', commands: [['no-such-command']] })
  expect(tally.failed).toEqual(['gone: ended with null'])
})

test('a stage of tests that reports nothing has failed although it ended well', async () => {
  const { tally } = await runStage({ name: 'unit', project: 'unit', commands: [node('')] })
  expect(tally.failed).toEqual(['unit: ended with 0 before it reported'])
})

function node(script: string): [string, ...string[]] {
  return [process.execPath, '-e', script]
}
