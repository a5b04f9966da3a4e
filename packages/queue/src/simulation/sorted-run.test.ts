import { expect, test } from 'vitest'
import { below, seededRandom } from '../testing/seeded-random.ts'
import { SortedRun } from './sorted-run.ts'

test('a sorted run is a sorted array, whatever is put in and taken out', () => {
  const random = seededRandom(7)
  const run = new SortedRun<number>((a, b) => a - b)
  const array: number[] = []
  for (let turn = 0; turn < 20_000; turn += 1) {
    const number = below(random, 5000)
    const at = array.findIndex((other) => other >= number)
    const pick = random()
    if (pick < 0.6 && array[at] !== number) {
      run.insert(number)
      array.splice(at < 0 ? array.length : at, 0, number)
    }
    const isGoing = pick > 0.7 && pick < 0.95
    expect(isGoing && run.remove(number)).toBe(isGoing && array[at] === number)
    if (isGoing && array[at] === number) array.splice(at, 1)
    const count = pick > 0.98 ? below(random, 9) : 0
    expect(run.takeFirst(count)).toEqual(array.splice(0, count))
    const from = below(random, 5000)
    expect(run.find((item) => item >= from)).toBe(array.find((item) => item >= from))
    expect([run.first, run.last, run.size]).toEqual([array[0], array.at(-1), array.length])
  }
  expect(array.length).toBeGreaterThan(500)
  expect([...run]).toEqual(array)
})
