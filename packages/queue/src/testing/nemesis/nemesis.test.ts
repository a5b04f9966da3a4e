import { expect, test } from 'vitest'
import { seededRandom } from '../seeded-random.ts'
import { Nemesis } from './nemesis.ts'

async function strike(seed: number, times: number): Promise<readonly string[]> {
  const blows = ['kill', 'freeze', 'cut', 'stop'].map((name) => ({ name, strike: () => Promise.resolve() }))
  const nemesis = new Nemesis(seededRandom(seed), blows)
  for (let time = 0; time < times; time += 1) await nemesis.strike()
  return nemesis.struck
}

test('a seed repeats its misfortunes, and another one has others', async () => {
  expect(await strike(7, 12)).toEqual(await strike(7, 12))
  expect(await strike(7, 12)).not.toEqual(await strike(8, 12))
})

test('every kind comes once a round', async () => {
  const struck = await strike(3, 8)
  expect(new Set(struck.slice(0, 4)).size).toBe(4)
  expect(new Set(struck.slice(4)).size).toBe(4)
})
