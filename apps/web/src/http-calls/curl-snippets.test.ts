import { expect, test } from 'vitest'
import { curlSnippets } from './curl-snippets.ts'

test('a waiting and an asynchronous call are offered', () => {
  const [waiting, later] = curlSnippets(
    'http://localhost:8000',
    { kind: 'script', workspace: 'admins', path: 'u/a/b' },
    { n: 1 },
  )
  expect(waiting?.text).toContain("'http://localhost:8000/api/w/admins/jobs/run_wait_result/p/u/a/b'")
  expect(waiting?.text).toContain(`-d '{"n":1}'`)
  expect(later?.text).toContain('/api/w/admins/jobs/run/p/u/a/b')
  expect(later?.text).toContain('/api/w/admins/jobs_u/completed/get_result/$JOB"')
})

test('a quote in an argument cannot end the shell word', () => {
  expect(curlSnippets('', { kind: 'script', workspace: 'w', path: 'u/a/b' }, { name: "O'Hara" })[0]?.text).toContain(
    `'{"name":"O'\\''Hara"}'`,
  )
})

test('a flow is called at an address of flows', () => {
  const [waiting, later] = curlSnippets('', { kind: 'flow', workspace: 'w', path: 'f/a/b' }, {})
  expect(waiting?.text).toContain('/jobs/run_wait_result/f/f/a/b')
  expect(later?.text).toContain('/jobs/run/f/f/a/b')
})
