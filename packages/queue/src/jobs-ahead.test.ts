import { expect, test } from 'vitest'
import type { ClaimedJob } from './job.ts'
import { JobsAhead } from './jobs-ahead.ts'

function job(id: string, priority = 0): ClaimedJob {
  return {
    id, workspaceId: id.slice(0, 1), priority, kind: 'noop', tag: 't', createdBy: '', email: '', permissionedAs: '', awaited: false,
    options: {}, fair: '1', attempt: 1, failures: 0, memoryMb: 0, startedAt: new Date(0), scriptPath: undefined, scriptHash: undefined,
    language: undefined, rawCode: undefined, argsJson: undefined, parentJob: undefined, rootJob: undefined, timeoutMs: undefined,
  } // prettier-ignore
}

function ahead(...jobs: readonly ClaimedJob[]): JobsAhead {
  const made = new JobsAhead()
  for (const each of jobs) made.add(each)
  return made
}

function order(of: JobsAhead): readonly (string | undefined)[] {
  return Array.from({ length: of.length }, () => of.take()?.id)
}

test('jobs of one tenant begin in the order in which they were claimed', () => {
  expect(order(ahead(job('a1'), job('a2'), job('a3')))).toEqual(['a1', 'a2', 'a3'])
})

test('tenants take turns, and one that comes late begins next and gets nothing for the time before', () => {
  const jobs = ahead(...Array.from({ length: 6 }, (_, nth) => job(`a${nth}`)))
  expect([jobs.take()?.id, jobs.take()?.id]).toEqual(['a0', 'a1'])
  for (const id of ['b0', 'b1', 'b2']) jobs.add(job(id))
  expect(order(jobs)).toEqual(['b0', 'a2', 'b1', 'a3', 'b2', 'a4', 'a5'])
})

test('a higher priority begins first, whoever has it and whenever it came', () => {
  expect(order(ahead(job('a1'), job('a2', 5), job('b1'), job('b2', 9), job('a3', 5)))).toEqual([
    'b2',
    'a2',
    'a3',
    'b1',
    'a1',
  ])
})

test('jobs can be taken out of turn, and all at once', () => {
  const jobs = ahead(job('a1'), job('a2'), job('b1'))
  expect(jobs.takeThese(new Set(['a2', 'b1', 'x']), 1).map(({ id }) => id)).toEqual(['a2'])
  expect(jobs.has('a2')).toBe(false)
  expect([jobs.length, jobs.takeAll().map(({ id }) => id), jobs.length]).toEqual([2, ['a1', 'b1'], 0])
})

test('what was begun is let go of', () => {
  const jobs = new JobsAhead()
  for (let nth = 0; nth < 3000; nth += 1) {
    jobs.add(job(`a${nth}`))
    jobs.add(job(`a${nth}+`))
    expect(jobs.take()).toBeDefined()
  }
  expect(jobs.length).toBe(3000)
  expect(order(jobs).slice(0, 2)).toEqual(['a1500', 'a1500+'])
})
