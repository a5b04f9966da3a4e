import { silentLogger } from '@millrace/base/logger'
import { expect, test } from 'vitest'
import { WarmMemory, type WarmProcess } from './warm-memory.ts'

/** Processes of 100 bytes each, used at these times; answers with the times of those that are left. */
async function fit(usedAtMs: readonly number[], bound: (heldBytes: number) => number) {
  const left = new Set(usedAtMs)
  const waiting = usedAtMs.map((at): WarmProcess => {
    return { usedAtMs: at, memoryBytes: () => Promise.resolve(100), letGo: () => left.delete(at) }
  })
  const memory = new WarmMemory([{ waiting: () => waiting }], bound, silentLogger)
  await memory.fit()
  await memory.stop()
  return [...left]
}

test('past the bound those go whose language was not used for longest, and no more of them than must', async () => {
  expect(await fit([3, 1, 4, 2], () => 250)).toEqual([3, 4])
  expect(await fit([3, 1, 4, 2], () => 400)).toEqual([3, 1, 4, 2])
  expect(await fit([3, 1], () => 0)).toEqual([])
})

test('a bound may follow what is held', async () => {
  expect(await fit([1, 2, 3, 4], (held) => held / 2)).toEqual([3, 4])
})
