import { expect, test } from 'vitest'
import type { Room } from './claimer.ts'
import type { NewJob } from './job.ts'
import { ReservedSlots } from './reserved-slots.ts'

const job: NewJob = {
  workspaceId: 'w',
  kind: 'noop',
  tag: 'a',
  createdBy: 'tester',
  email: 't@example.org',
  permissionedAs: 'u/tester',
}
const concurrency = { key: 'k', limit: 1 }

function slots(room: Room, more: { doubt?: () => void } = {}): ReservedSlots {
  return new ReservedSlots({
    workerId: 'me',
    tags: () => ['a', 'b'],
    room: () => room,
    begin: () => Promise.resolve(),
    doubt: more.doubt ?? (() => undefined),
  })
}

const roomy: Room = { limit: 2, memoryFreeMb: 100, isIdle: false }

test.each([
  ['a job', [job], true],
  ['as many as there are slots', [job, { ...job, tag: 'b' }], true],
  ['more than there are slots', [job, job, job], false],
  ['one of a tag that it does not serve', [job, { ...job, tag: 'c' }], false],
  ['one that is due at a time', [{ ...job, dueAt: new Date(0) }], false],
  ['one that waits', [{ ...job, dueInMs: 5 }], false],
  ['one with a concurrency key', [{ ...job, options: { concurrency } }], false],
  ['what fits in memory', [{ ...job, memoryMb: 100 }], true],
  [
    'what does not fit in memory',
    [
      { ...job, memoryMb: 50 },
      { ...job, memoryMb: 51 },
    ],
    false,
  ],
  ['none', [], false],
])('Q44 slots are kept for %s or not (%#)', (_, jobs: readonly NewJob[], isKept) => {
  expect(slots(roomy).reserve(jobs) !== undefined).toBe(isKept)
})

test('Q27 Q44 where nothing is in hand, one job is begun whatever it needs', () => {
  const idle = { ...roomy, isIdle: true }
  expect(slots(idle).reserve([{ ...job, memoryMb: 500 }])).toBeDefined()
  expect(slots(idle).reserve([{ ...job, memoryMb: 500 }, job])).toBeUndefined()
})

test('Q44 a call of many jobs waits for a claim, however many slots there are', () => {
  const many = Array.from({ length: 100 }, () => job)
  expect(slots({ limit: 1000, memoryFreeMb: undefined, isIdle: true }).reserve(many)).toBeUndefined()
})

test('Q45 what is kept counts until it is answered, in whichever way', async () => {
  let doubts = 0
  const reserved = slots(roomy, { doubt: () => (doubts += 1) })
  const [one, two] = [reserved.reserve([{ ...job, memoryMb: 7 }]), reserved.reserve([{ ...job, memoryMb: 5 }, job])]
  expect([reserved.count, reserved.memoryMb]).toEqual([3, 12])
  one?.release()
  expect([reserved.count, reserved.memoryMb]).toEqual([2, 5])
  let isSettled = false
  const settled = reserved.settled().then(() => (isSettled = true))
  await Promise.resolve()
  expect(isSettled).toBe(false)
  two?.doubt()
  await settled
  expect([reserved.count, reserved.memoryMb, doubts]).toEqual([0, 0, 1])
})

test('Q50 what follows jobs in hand has the room that there is when they are let go of', () => {
  const kept = new ReservedSlots({
    workerId: 'me',
    tags: () => ['a'],
    room: (follows) => ({ ...roomy, limit: follows?.length ?? 0 }),
    begin: () => Promise.resolve(),
    doubt: () => undefined,
  })
  expect(kept.reserve([job])).toBeUndefined()
  expect(kept.reserve([job], ['frame'])).toBeDefined()
})
