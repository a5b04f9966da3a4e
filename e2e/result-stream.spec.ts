import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const SLOWLY = `echo before
for word in one two three; do echo "WM_STREAM: $word\\\\n"; sleep 0.3; done
echo '{"said": 3}' > result.json
`

let millrace: Millrace
beforeAll(async () => {
  millrace = await startMillrace()
})
afterAll(() => millrace.stop())

test('pieces of a result come while the job runs, are no part of the log, and are in the result', async () => {
  const path = `u/admin/s${randomUUID().slice(0, 8)}`
  const { client } = millrace
  await client.scripts.createScript({ workspace: WORKSPACE, body: { path, language: 'bash', content: SLOWLY } })
  const pieces: string[] = []
  let offset = 0
  let result: unknown
  for await (const event of client.jobs.runAndStreamScriptByPath({ workspace: WORKSPACE, path, body: {} })) {
    if (event.type !== 'update') continue
    if (event.new_result_stream) pieces.push(event.new_result_stream)
    offset = event.stream_offset ?? offset
    if (event.completed) result = event.only_result
  }
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.join('')).toBe('one\ntwo\nthree\n')
  expect(offset).toBe('one\ntwo\nthree\n'.length)
  expect(result).toMatchObject({ wm_stream: 'one\ntwo\nthree\n' })
  const [job] = await client.jobs.listJobs({ workspace: WORKSPACE, query: { script_path_exact: path } })
  expect(await client.jobs.getJobLogs({ workspace: WORKSPACE, id: job?.id ?? '', query: {} })).toBe('before\n')
})
