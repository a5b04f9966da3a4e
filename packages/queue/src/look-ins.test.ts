import { silentLogger } from '@millrace/base/logger'
import { expect, test } from 'vitest'
import type { Room } from './claimer.ts'
import type { ClaimedJob } from './job.ts'
import { LookIns } from './look-ins.ts'

/** A worker whose claims are answered when the test says so. */
function worker(limit = 8) {
  const asked: { readonly room: Room; answer(jobs: readonly ClaimedJob[]): void; fail(error: Error): void }[] = []
  const state = { limit, taken: 0, doubts: 0 }
  const lookIns = new LookIns({
    options: { log: silentLogger },
    room: () => ({ limit: state.limit, memoryFreeMb: undefined, isIdle: false }),
    claim: (room) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly ClaimedJob[]>()
      asked.push({ room, answer: resolve, fail: reject })
      return promise
    },
    take: (jobs) => {
      state.taken += jobs.length
      return Promise.resolve()
    },
    doubt: () => {
      state.doubts += 1
      state.limit = 0
    },
  })
  return { asked, state, lookIns }
}

test('Q47 news is asked for at once, one look at a time, and what came meanwhile after it', async () => {
  const { asked, state, lookIns } = worker()
  lookIns.told()
  lookIns.told()
  expect(asked.map(({ room }) => room.limit)).toEqual([8])
  expect(lookIns.areUnderWay).toBe(true)
  state.limit = 3
  asked[0]?.answer([])
  await expect.poll(() => asked.map(({ room }) => room.limit)).toEqual([8, 3])
  state.limit = 0
  asked[1]?.answer([])
  await lookIns.settled()
  expect(asked).toHaveLength(2)
  expect(lookIns.areUnderWay).toBe(false)
})

test('Q47 nothing is asked for where nothing is due', () => {
  const { asked, lookIns } = worker(0)
  lookIns.told()
  expect(asked).toEqual([])
})

test('Q21 a look whose answer was lost leaves a doubt, and the worker is told before it is settled', async () => {
  const { asked, state, lookIns } = worker()
  lookIns.told()
  asked[0]?.fail(new Error('the connection broke'))
  await lookIns.settled()
  expect(state).toEqual({ limit: 0, taken: 0, doubts: 1 })
  expect(asked).toHaveLength(1)
})
