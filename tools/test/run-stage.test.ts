import { expect, test } from 'vitest'
import { runBeside, type EndedStage, runStage } from './run-stage.ts'

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

test('a command that outlives its stage is ended', async () => {
  const { tally } = await runStage({
    name: 'slow',
    minutesMax: 0.005,
    commands: [node('setTimeout(() => {}, 60_000)')],
  })
  expect(tally.failed).toEqual(['slow: ended with null'])
})

test('a stage of tests that reports nothing has failed although it ended well', async () => {
  const { tally } = await runStage({ name: 'unit', project: 'unit', commands: [node('')] })
  expect(tally.failed).toEqual(['unit: ended with 0 before it reported'])
})

test('stages beside each other show what each printed when it is over, and one that fails stops no other', async () => {
  const ended: EndedStage[] = []
  const slow = { name: 'slow', commands: [node('setTimeout(() => console.log("late"), 500)')] }
  const bad = { name: 'bad', commands: [node('console.error("why"); process.exitCode = 3')] }
  const last = { name: 'last', commands: [node('console.log("even so")')] }
  await runBeside([[slow], [bad, last]], (each) => ended.push(each))
  const seen = ended.map(({ result, output }) => [result.name, output, result.tally.passed])
  expect(new Map(seen.map(([name, ...rest]) => [name, rest]))).toEqual(
    new Map([
      ['slow', ['late\n', 1]],
      ['bad', ['why\n', 0]],
      ['last', ['even so\n', 1]],
    ]),
  )
})

function node(script: string): [string, ...string[]] {
  return [process.execPath, '-e', script]
}
