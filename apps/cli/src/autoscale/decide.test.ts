import { expect, test } from 'vitest'
import { decide, nothingYet, type Look, type Memory } from './decide.ts'

const policy = { cooldownMs: 60_000, quietLooks: 3 }

/** Looks of `[wanted, current]`, 15 s apart, and what was done at each. */
function watch(looks: readonly (readonly [number, number])[], enabled = true): readonly string[] {
  let memory: Memory = nothingYet
  return looks.map(([wanted, current], nth) => {
    const look: Look = { wanted, current, enabled }
    const decision = decide(memory, look, policy, nth * 15_000)
    memory = decision.memory
    return decision.action === 'none' ? decision.reason : decision.action
  })
}

test('more workers are asked for at the first look that wants them', () => {
  expect(watch([[3, 1]])).toEqual(['up'])
})

test('workers are removed after so many quiet looks in a row, and one that is not begins the count again', () => {
  expect(
    watch([
      [1, 2],
      [1, 2],
      [2, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]),
  ).toEqual(['quiet look 1 of 3', 'quiet look 2 of 3', 'as wanted', 'quiet look 1 of 3', 'quiet look 2 of 3', 'down'])
})

test('after a command nothing is done until the cooldown is over', () => {
  expect(
    watch([
      [4, 1],
      [4, 1],
      [4, 1],
      [4, 1],
      [4, 1],
    ]),
  ).toEqual(['up', 'cooling down for 45 s', 'cooling down for 30 s', 'cooling down for 15 s', 'up'])
})

test('a removal that the cooldown holds back comes after it', () => {
  expect(
    watch([
      [4, 1],
      [1, 4],
      [1, 4],
      [1, 4],
      [1, 4],
    ]),
  ).toEqual(['up', 'quiet look 1 of 3', 'quiet look 2 of 3', 'cooling down for 15 s', 'down'])
})

test('a group that is not to be scaled is left alone', () => {
  expect(watch([[4, 1]], false)).toEqual(['its configuration does not ask for scaling'])
})
