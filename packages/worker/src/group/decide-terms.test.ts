import { expect, test } from 'vitest'
import { decideTerms, type HostTerms, type OwnTerms } from './decide-terms.ts'

const nothing: OwnTerms = { tags: [], slots: 0, exitAfterJobs: 0 }
const host: HostTerms = {
  tags: ['one', 'two', 'noop'],
  slots: 4,
  nativeTags: [],
  lookUpVariable: (name) => ({ HTTP_PROXY: 'http://proxy', REGION: 'north' })[name],
}

test('a worker of an empty group does what its host can', () => {
  expect(decideTerms({}, nothing, host)).toEqual({
    tags: ['one', 'two', 'noop'],
    slots: 4,
    ranks: {},
    jobsMax: undefined,
    env: {},
    initScript: '',
    notice: undefined,
  })
})

test('the group wins over the host, and the worker’s own settings over the group', () => {
  const group = { worker_tags: ['gpu', 'gpu'], slots: 2, exit_after_jobs: 10 }
  expect(decideTerms(group, nothing, host)).toMatchObject({ tags: ['gpu'], slots: 2, jobsMax: 10 })
  const own = { tags: ['cpu'], slots: 9, exitAfterJobs: 1 }
  expect(decideTerms(group, own, host)).toMatchObject({ tags: ['cpu'], slots: 9, jobsMax: 1 })
})

test('a group that is kept for a script serves its tag, and others that it names', () => {
  expect(decideTerms({ dedicated_worker: 'ws:f/a/b' }, nothing, host).tags).toEqual(['ws:f/a/b'])
  const both = { dedicated_worker: 'ws:f/a/b', worker_tags: ['gpu'] }
  expect(decideTerms(both, nothing, host).tags).toEqual(['ws:f/a/b', 'gpu'])
})

test('native mode has eight slots and serves native tags only', () => {
  const native = { ...host, nativeTags: ['two'] }
  expect(decideTerms({ native_mode: true }, nothing, native)).toMatchObject({ tags: ['two'], slots: 8 })
  const named = { native_mode: true, worker_tags: ['one', 'two-ws1', 'two'], slots: 3 }
  expect(decideTerms(named, nothing, native)).toMatchObject({ tags: ['two-ws1', 'two'], slots: 3 })
})

test('native mode where nothing is native takes no jobs and says why', () => {
  const terms = decideTerms({ native_mode: true }, nothing, host)
  expect(terms.tags).toEqual([])
  expect(terms.notice).toContain('native')
})

test('static variables win over allowed ones of the host; a missing one is left out', () => {
  const group = { env_vars_allowlist: ['HTTP_PROXY', 'REGION', 'NONE'], env_vars_static: { REGION: 'south' } }
  expect(decideTerms(group, nothing, host).env).toEqual({ HTTP_PROXY: 'http://proxy', REGION: 'south' })
})
