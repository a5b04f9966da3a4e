import { expect, test } from 'vitest'
import { LogBuffer } from './log-buffer.ts'

function setup() {
  const tasks: (() => void)[] = []
  const log = new LogBuffer((task) => tasks.push(task))
  const lines = () =>
    Array.from({ length: log.lineCount }, (_, index) =>
      log
        .spansAt(index)
        .map(({ text }) => text)
        .join(''),
    )
  return { log, lines, tasks }
}

test('pieces that break inside a line join again', () => {
  const { log, lines } = setup()
  log.append('one\ntw')
  expect(lines()).toEqual(['one', 'tw'])
  log.append('o\n')
  expect(lines()).toEqual(['one', 'two'])
})

test('a colour set in one line colours the next, also when it arrives in pieces', () => {
  const { log } = setup()
  log.append('\u001b[31mred')
  log.append(' on\nstill\u001b[0m\nplain')
  expect(log.spansAt(0)).toEqual([{ text: 'red on', style: { color: 'red' } }])
  expect(log.spansAt(1)).toEqual([{ text: 'still', style: { color: 'red' } }])
  expect(log.spansAt(2)).toEqual([{ text: 'plain', style: {} }])
})

test('a carriage return writes over its line', () => {
  const { log, lines } = setup()
  log.append('10%\r50%\r100%\r\ndone')
  expect(lines()).toEqual(['100%', 'done'])
})

test('many pieces are one change', () => {
  const { log, tasks } = setup()
  let changes = 0
  log.subscribe(() => (changes += 1))
  for (let index = 0; index < 100; index += 1) log.append(`${index}\n`)
  for (const task of tasks) task()
  expect(changes).toBe(1)
  expect(log.lineCount).toBe(100)
})

test('of an endless log the newest lines are kept and the rest is counted', () => {
  const { log, lines } = setup()
  for (let index = 0; index < 25; index += 1) log.append('x\n'.repeat(10_000))
  log.append('last\n')
  expect(log.lineCount + log.droppedCount).toBe(250_001)
  expect(log.droppedCount).toBeGreaterThan(0)
  expect(lines().at(-1)).toBe('last')
})
