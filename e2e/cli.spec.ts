import { randomUUID } from 'node:crypto'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startPreview, untilLogged } from './job-calls.ts'
import { projectRoot, runMillrace, startLauncher } from './run-command.ts'
import { signInByCommand } from './sign-in.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

const millrace = await startMillrace()
const { client } = millrace
const languages = (await client.instance.listLanguages()).filter(({ kind }) => kind === 'process')

/** Where the sign-in is kept, instead of the home of whoever runs the tests. */
const config = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
const examples = join(projectRoot, 'examples')

afterAll(async () => {
  rmSync(config, { recursive: true })
  await millrace.stop()
})

const run = (args: readonly string[], stdin = '') =>
  runMillrace(args, { cwd: examples, stdin, env: { XDG_CONFIG_HOME: config } })

beforeAll(() => signInByCommand(millrace, config))

test('the sign-in is kept in a file that only its owner can read', async () => {
  const [file = ''] = await readdir(join(config, 'millrace'))
  expect(statSync(join(config, 'millrace', file)).mode & 0o777).toBe(0o600)
  expect(statSync(join(config, 'millrace')).mode & 0o777).toBe(0o700)
  const { stdout, code } = await run(['whoami'])
  expect(stdout).toContain(millrace.url)
  expect(code).toBe(0)
})

test('every language of the server has an example', async () => {
  expect(await readdir(examples)).toEqual(expect.arrayContaining(languages.map(({ extension }) => `hello${extension}`)))
})

test('an argument that the script does not have exits with 2 and names those it has', async () => {
  const { stdout, stderr, code } = await run(['run', './hello.ts', '--nam', 'World'])
  expect(stderr).toContain('Did you mean --name?')
  expect(stdout).toBe('')
  expect(code).toBe(2)
})

test('a required argument that is left out exits with 2 before anything runs', async () => {
  const { stderr, code } = await run(['run', './hello.ts'])
  expect(stderr).toContain('--name is missing')
  expect(code).toBe(2)
})

test('an unknown flag of a command exits with 2', async () => {
  expect((await run(['job', 'list', '--colour'])).code).toBe(2)
  expect((await run(['nonsense'])).code).toBe(2)
})

test('a server that is away exits with 3 and is named', async () => {
  const { stderr, code } = await run(['job', 'list', '--url', 'http://127.0.0.1:1', '--token', 'x', '--workspace', 'w'])
  expect(stderr).toContain('http://127.0.0.1:1')
  expect(code).toBe(3)
})

test('a wrong token exits with 3 and says how to sign in', async () => {
  const { stderr, code } = await run(['job', 'list', '--token', randomUUID()])
  expect(stderr).toContain('millrace login')
  expect(code).toBe(3)
})

test('a file is deployed, listed, shown, run by its path, and deployed again only when it changed', async () => {
  const path = `u/admin/${randomUUID().slice(0, 8)}`
  const push = await run(['script', 'push', './hello.ts', '--path', path, '--summary', 'Says hello'])
  expect(push.stdout).toContain(`${path} is created`)
  expect((await run(['script', 'push', './hello.ts', '--path', path])).stdout).toContain('already at this version')
  expect((await run(['script', 'list'])).stdout).toMatch(new RegExp(`${path}.*Says hello`))
  expect((await run(['script', 'show', path])).stdout).toMatch(/name/)
  const { stdout, code } = await run(['run', path, '--name', 'World', '--times', '2'])
  expect(JSON.parse(stdout)).toEqual({ greeting: 'Hello World', times: 2 })
  expect(code).toBe(0)
})

test('a job is listed, shown and logged', async () => {
  const shown = await run(['run', './hello.sh', '--name', 'Mill', '--json'])
  expect(shown.code).toBe(0)
  const [job] = await client.jobs.listCompletedJobs({ workspace: WORKSPACE, query: { per_page: 1 } })
  const id = job?.id ?? ''
  expect((await run(['job', 'list'])).stdout).toContain(id)
  expect((await run(['job', 'show', id])).stdout).toContain('success')
  expect((await run(['job', 'logs', id])).stdout).toContain('Hello Mill')
  const unknown = await run(['job', 'show', randomUUID()])
  expect(unknown.code).toBe(3)
})

test('a running job is cancelled', async () => {
  const id = await startPreview(millrace, { language: 'bash', content: 'echo started; sleep 60' })
  await untilLogged(millrace, id, 'started')
  expect((await run(['job', 'cancel', id])).code).toBe(0)
  await expect
    .poll(async () => (await client.jobs.getJob({ workspace: WORKSPACE, id })).type, { timeout: 10_000 })
    .toBe('CompletedJob')
  expect((await run(['job', 'show', id])).stdout).toContain('canceled')
})

test('a saved script gets its schema and runs, and its job is run again by hand with the same inputs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-dev-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const stem = join(folder, 'f/tools/greet')
  let shown = ''
  const dev = startLauncher(['dev', folder], { XDG_CONFIG_HOME: config }, (text) => (shown += text))
  onTestFinished(() => void dev.kill('SIGKILL'))
  const shows = (text: string) => expect.poll(() => shown, { timeout: 20_000 }).toContain(text)
  await shows('0 scripts')
  await mkdir(join(folder, 'f/tools'), { recursive: true })
  await writeFile(`${stem}.args.json`, '{"name": "it\'s \\"Ada\\""}')
  await writeFile(`${stem}.sh`, 'name="$1"\ntimes="${2:-2}"\necho "Hello $name, $times in $WM_WORKSPACE"\n')
  await shows('f/tools/greet.sh: success')
  expect(shown).toContain(`Hello it's "Ada", 2 in ${WORKSPACE}`)
  expect(await readFile(`${stem}.script.yaml`, 'utf8')).toContain('times:')
  const ended = once(dev, 'exit')
  dev.kill('SIGINT')
  expect((await ended)[0]).toBe(0)

  const id = /success in .* job (\S+)/.exec(shown)?.[1] ?? ''
  const debug = await run(['job', 'debug', id, '--write', '--folder', join(folder, 'debug')])
  expect(debug.stdout).not.toContain('WM_TOKEN')
  const { stdout } = await promisify(execFile)('sh', ['-c', debug.stdout])
  expect(stdout).toBe(`Hello it's "Ada", 2 in ${WORKSPACE}\n`)
})

test('after signing out, commands say how to sign in', async () => {
  expect((await run(['logout'])).code).toBe(0)
  const { stderr, code } = await run(['script', 'list'])
  expect(stderr).toContain('millrace login')
  expect(code).toBe(3)
})
