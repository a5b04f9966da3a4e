import type { WorkerPing } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { groupsWithWorkers, noticesOf, noticeSubject } from './groups-with-workers.ts'

function worker(name: string, part: Partial<WorkerPing> = {}): WorkerPing {
  return {
    worker: name,
    worker_instance: 'host',
    last_ping: 1,
    started_at: '2026-01-01T00:00:00Z',
    ip: 'local',
    jobs_executed: 0,
    custom_tags: ['a'],
    worker_group: 'default',
    wm_version: '1',
    occupancy_rate: 0,
    slots: 4,
    sandbox: 'namespaces',
    isolated: true,
    ...part,
  }
}

test('a group is there when it is configured or has workers, the default one first', () => {
  const groups = [
    { name: 'a', config: { worker_tags: ['gpu'] } },
    { name: 'default', config: {} },
  ]
  const workers = [
    worker('w1', { worker_group: 'orphan', occupancy_rate: 0.5 }),
    worker('w2', { worker_group: 'orphan' }),
  ]
  const views = groupsWithWorkers(groups, workers, [])
  expect(views.map(({ name, slots, busySlots, tags }) => ({ name, slots, busySlots, tags }))).toEqual([
    { name: 'default', slots: 0, busySlots: 0, tags: [] },
    { name: 'a', slots: 0, busySlots: 0, tags: ['gpu'] },
    { name: 'orphan', slots: 8, busySlots: 2, tags: [] },
  ])
})

test('what several workers say is told once, with whose it is', () => {
  const workers = [worker('w1', { notice: 'open\nbroken' }), worker('w2', { notice: 'open' }), worker('w3')]
  const [open, broken] = noticesOf(workers)
  expect(open).toEqual({ text: 'open', workers: ['w1', 'w2'] })
  expect(broken).toEqual({ text: 'broken', workers: ['w1'] })
  expect(noticeSubject({ text: '', workers: ['w1', 'w2'] }, 3)).toBe('w1 and w2')
  expect(noticeSubject({ text: '', workers: ['w1', 'w2'] }, 2)).toBe('All 2 workers')
  expect(noticeSubject({ text: '', workers: ['w1', 'w2', 'w3'] }, 9)).toBe('3 of 9 workers')
})
