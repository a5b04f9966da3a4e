import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { allRuntimes } from './registry.ts'

const packages = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url))
const env = { ...process.env, PATH: [packages, process.env['PATH']].join(delimiter) }
const run = promisify(execFile)

const local = allRuntimes.flatMap(({ id, info }) => (info.local ? [{ id, starter: info.starter, ...info.local }] : []))

test.for(local)('$id: its starter runs by hand', async ({ script, files, argv, takesWords, starter }, { skip }) => {
  const [program, ...words] = argv
  const isThere = await run('sh', ['-c', `command -v ${program}`], { env }).then(
    () => true,
    () => false,
  )
  skip(!isThere, `${program} is not on the path`)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-local-run-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const laidOut = {
    ...files,
    [script]: starter,
    // One argument that the script does not have is none of its business, as in a job.
    'args.json': '{"times": 2, "name": "Ada", "extra": 1}',
    'parameters.json': '["name", "times"]',
  }
  for (const [name, text] of Object.entries(laidOut)) await writeFile(join(folder, name), text)

  const { stdout } = await run(program, [...words, ...(takesWords ? ['Ada', '2'] : [])], { cwd: folder, env })

  expect(stdout.match(/^Hello Ada$/gm)).toHaveLength(2)
  const result: unknown = takesWords ? undefined : JSON.parse(stdout.slice(stdout.indexOf('{')))
  expect(result).toEqual(takesWords ? undefined : { greeting: 'Hello Ada', times: 2 })
})
