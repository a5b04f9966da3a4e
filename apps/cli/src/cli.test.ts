import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { runCli } from './cli.ts'
import { readConfig } from './config.ts'
import { createTerminal } from './output/terminal.ts'
import { completedJob, events, problem, startTestApi, type Answer } from './test-api.ts'

const id = '0198c000-0000-7000-8000-000000000001'
const jobs = '/w/admins/jobs'
const jobsU = '/w/admins/jobs_u'

/** A home folder and a server; `millrace` runs a command line with them and gives what it printed. */
async function setup(answers: Readonly<Record<string, Answer>> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const api = await startTestApi({ ...signedIn, ...answers })
  const signedInEnv = { MILLRACE_URL: api.url, MILLRACE_TOKEN: 'secret', MILLRACE_WORKSPACE: 'admins' }
  async function millrace(argv: string[], options: { env?: Record<string, string>; stdin?: string } = {}) {
    const config = readConfig({ HOME: home, ...(options.env ?? signedInEnv) })
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const stderr = new PassThrough()
    stdin.end(options.stdin ?? '')
    const code = await runCli(argv, createTerminal({ stdin, stdout, stderr }, config), config)
    return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') }
  }
  return { home, api, millrace }
}

const languages = [
  { id: 'lang-a', kind: 'process', label: 'A', extension: 'ts', aliases: [], editor: 'a', icon: 'a', starter: '' },
  {
    id: 'lang-b',
    kind: 'process',
    label: 'B',
    extension: '.b.ts',
    aliases: ['bb'],
    editor: 'b',
    icon: 'b',
    starter: '',
  },
]

const signature = {
  schema: { properties: { name: { type: 'string' }, count: { type: 'integer', default: 1 } }, required: ['name'] },
  auto_kind: null,
  has_preprocessor: false,
}

const signedIn: Readonly<Record<string, Answer>> = {
  'POST /auth/login': () => 'session-token\n',
  'POST /auth/logout': () => 'ok',
  'GET /languages': () => languages,
  'POST /scripts/signature': () => signature,
  'GET /workspaces/list': () => [{ id: 'admins', name: 'Admins', owner: 'admin' }],
  'GET /users/whoami': () => ({
    email: 'a@b.c',
    login_type: 'password',
    super_admin: true,
    verified: true,
    first_time_user: false,
    role_source: 'manual',
    disabled: false,
  }),
}

function endsWith(fields: Record<string, unknown>): Record<string, Answer> {
  const last = { type: 'update', completed: true, new_logs: 'second\n' }
  return {
    [`POST ${jobs}/run/preview`]: () => id,
    [`GET ${jobsU}/getupdate_sse/${id}`]: events({ type: 'update', running: true, new_logs: 'first\n' }, last),
    [`GET ${jobsU}/completed/get/${id}`]: () => completedJob(id, fields),
  }
}

test('run shows the log on standard error and the result as JSON on standard output', async () => {
  const { home, api, millrace } = await setup(endsWith({ result: { hello: 'World' } }))
  await writeFile(join(home, 'hello.b.ts'), 'code')

  const run = await millrace(['run', join(home, 'hello.b.ts'), '--name', 'World', '--count', '2', '--tag', 'gpu'])

  expect(run).toEqual({ code: 0, out: '{\n  "hello": "World"\n}\n', err: 'first\nsecond\n' })
  const sent = api.seen.find(({ url }) => url.pathname.endsWith('/run/preview'))
  expect(JSON.parse(sent?.body ?? '')).toEqual({
    content: 'code',
    language: 'lang-b',
    args: { name: 'World', count: 2 },
    tag: 'gpu',
  })
  expect(sent?.token).toBe('secret')
})

test('a failed job exits with 1 and says why', async () => {
  const { home, millrace } = await setup(
    endsWith({ success: false, result: { error: { name: 'Oops', message: 'no' } } }),
  )
  await writeFile(join(home, 'x.ts'), '')

  const run = await millrace(['run', join(home, 'x.ts'), '--name', 'n', '--silent'])

  expect(run.code).toBe(1)
  expect(JSON.parse(run.out)).toEqual({ error: { name: 'Oops', message: 'no' } })
  expect(run.err).toContain('the job failed: Oops: no')
  expect(run.err).not.toContain('first')
})

test('a script that cannot be parsed is refused with its line and is not run', async () => {
  const broken = { ...signature, error: { message: 'unexpected )', line: 3 } }
  const { home, api, millrace } = await setup({ 'POST /scripts/signature': () => broken })
  await writeFile(join(home, 'x.ts'), '')

  const run = await millrace(['run', join(home, 'x.ts')])

  expect(run.code).toBe(2)
  expect(run.err).toContain('x.ts:3: unexpected )')
  expect(api.seen.some(({ url }) => url.pathname.includes('/jobs/'))).toBe(false)
})

test('a deployed script runs by its path with arguments from --data', async () => {
  const { api, millrace } = await setup({
    ...endsWith({ result: 1 }),
    'GET /w/admins/scripts/get/p/u/admin/hello': () => script({}),
    [`POST ${jobs}/run/p/u/admin/hello`]: () => id,
  })

  const run = await millrace(['run', 'u/admin/hello', '--data', '@-', '--timeout', '9'], { stdin: '{"name":"N"}' })

  expect(run.code).toBe(0)
  const sent = api.seen.find(({ url }) => url.pathname.includes('/run/p/'))
  expect(sent?.body).toBe('{"name":"N"}')
  expect(sent?.url.search).toBe('?timeout=9')
})

test('a problem is printed in the words of the server with code and request id, and exits with 3', async () => {
  const { millrace } = await setup({ [`GET ${jobs}/list`]: problem(403, 'auth.forbidden', 'You may not. Ask.') })

  const list = await millrace(['job', 'list'])

  expect(list).toEqual({
    code: 3,
    out: '',
    err: 'millrace: You may not. Ask.\nauth.forbidden · status 403 · request req-1\n',
  })
})

test('without a sign-in run says the one command and calls nobody', async () => {
  const { api, millrace } = await setup()

  const run = await millrace(['run', 'u/admin/hello'], { env: {} })

  expect(run.code).toBe(3)
  expect(run.err).toContain('Run `millrace login`')
  expect(api.seen).toEqual([])
})

test('a sign-in is stored for its server, used by later commands, and forgotten by logout', async () => {
  const { api, millrace } = await setup({ [`GET ${jobs}/list`]: () => [] })
  const env = {}

  const login = await millrace(['login', `${api.url}/`, '--email', 'a@b.c', '--password-stdin'], { env, stdin: 'pw\n' })
  const list = await millrace(['job', 'list'], { env })
  const logout = await millrace(['logout'], { env })
  const after = await millrace(['job', 'list', '--url', api.url], { env })

  expect(login.err).toBe(`Signed in at ${api.url} as a@b.c, workspace admins.\n`)
  expect(api.seen[0]?.body).toBe('{"email":"a@b.c","password":"pw"}')
  expect(list.code).toBe(0)
  expect(api.seen.find(({ url }) => url.pathname.endsWith('/jobs/list'))?.token).toBe('session-token')
  expect(logout.code).toBe(0)
  expect(after.code).toBe(3)
})

test("a job's own token goes to the job's own server only", async () => {
  const { api, millrace } = await setup({ [`GET ${jobs}/list`]: () => [] })
  const env = { BASE_INTERNAL_URL: api.url, WM_TOKEN: 'of-the-job', WM_WORKSPACE: 'admins' }

  const own = await millrace(['job', 'list'], { env })
  const other = await millrace(['job', 'list', '--url', 'http://127.0.0.1:1'], { env })

  expect(own.code).toBe(0)
  expect(api.seen[0]?.token).toBe('of-the-job')
  expect(other.err).toContain('not signed in at http://127.0.0.1:1')
})

test('push creates a script under the own name, keeps settings in a new version, and says when nothing changed', async () => {
  let stored: Record<string, unknown> | undefined
  const hashes = ['00000000000000aa', '00000000000000bb', '00000000000000bb']
  const { home, api, millrace } = await setup({
    'GET /w/admins/users/whoami': () => user,
    'GET /w/admins/scripts/get/p/u/admin/my_file': (seen, response) =>
      stored ?? problem(404, 'script.not_found', 'None.')(seen, response),
    'GET /w/admins/scripts/deployment_status/h/00000000000000aa': () => ({ lock: '' }),
    'GET /w/admins/scripts/deployment_status/h/00000000000000bb': () => ({ lock_error_logs: 'no six', job_id: 'j' }),
    'POST /w/admins/scripts/create': () => {
      stored = script({ hash: hashes[0], summary: 'Kept', cache_ttl: 7 })
      return hashes.shift()
    },
  })
  const file = join(home, 'my file.ts')
  await writeFile(file, 'code')

  const created = await millrace(['script', 'push', file])
  const changed = await millrace(['script', 'push', file, '--message', 'why'])
  const same = await millrace(['script', 'push', file])

  expect(created.out).toBe('u/admin/my_file is created: 00000000000000aa\n')
  expect(changed.out).toBe('u/admin/my_file has a new version: 00000000000000bb\n')
  expect([created.code, changed.code]).toEqual([0, 1])
  expect(changed.err).toContain('the version before goes on to serve:\nno six\n')
  expect(same.out).toBe('u/admin/my_file is already at this version: 00000000000000bb\n')
  const second = api.seen.filter(({ url }) => url.pathname.endsWith('/create'))[1]
  expect(JSON.parse(second?.body ?? '')).toMatchObject({
    summary: 'Kept',
    cache_ttl: 7,
    auto_parent: true,
    deployment_message: 'why',
  })
})

test.each([
  [['rum'], 'Did you mean `millrace run`?'],
  [['script', 'pusj'], 'Did you mean `millrace script push`?'],
  [['script'], 'needs a verb'],
  [['job', 'list', '--stat', 'x'], 'did you mean --state?'],
  [['job', 'list', '--limit'], '--limit needs a value'],
  [['job', 'list', '--state', 'odd'], 'must be one of queued'],
  [['job', 'show'], '<id> is missing'],
  [['job', 'show', 'a', 'b'], '"b" is one word too many'],
  [['run', './no-such-file.ts'], 'There is no file'],
  [['run', 'u/a/b', '--data', '[1]'], 'must be a JSON object'],
  [['job', 'list', '--url', 'ftp://x'], 'begins with http'],
  [['autoscale'], '--up <command>, --down <command>'],
  [['autoscale', '--up', 'x', '--every', '0'], '--every must be a whole number from 1'],
])('millrace %j exits with 2 and says what is wrong', async (argv, message) => {
  const { millrace } = await setup()

  const { code, out, err } = await millrace(argv, argv.includes('--url') ? { env: {} } : {})

  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
})

test('help comes from the definitions of the commands and calls nobody', async () => {
  const { api, millrace } = await setup()

  const overview = await millrace(['--help'])
  const noun = await millrace(['job', '--help'])
  const command = await millrace(['job', 'cancel', '--help'])

  expect(overview.out).toContain('millrace script push')
  expect(noun.out).toContain('millrace job cancel')
  expect(noun.out).not.toContain('script push')
  expect(command.out).toContain('Usage: millrace job cancel <id> [flags]')
  expect(command.out).toContain('--reason <text>')
  expect(api.seen).toEqual([])
})

test('tables are aligned and without colour where there is no terminal', async () => {
  const rows = [
    completedJob(id, { script_path: 'u/admin/a' }),
    completedJob(id, { script_path: 'u/admin/longer', success: false, duration_ms: 65_000 }),
  ]
  const { millrace } = await setup({ [`GET ${jobs}/list`]: () => rows })

  const { out } = await millrace(['job', 'list'])

  expect(out.split('\n')).toEqual([
    'ID                                    STATE    PATH            CREATED              DURATION   BY',
    `${id}  success  u/admin/a       2026-01-01 00:00:00  5 ms       admin`,
    `${id}  failure  u/admin/longer  2026-01-01 00:00:00  1 min 5 s  admin`,
    '',
  ])
})

test('a job is shown, its log printed or followed, and cancelled with a reason', async () => {
  const job = completedJob(id, { script_path: 'u/admin/a', args: { x: 1 }, result: [2], duration_ms: 1_500 })
  const { api, millrace } = await setup({
    ...endsWith({}),
    [`GET ${jobsU}/get/${id}`]: () => job,
    [`GET ${jobsU}/get_logs/${id}`]: () => 'the log',
    [`POST ${jobsU}/queue/cancel/${id}`]: () => id,
  })

  const shown = await millrace(['job', 'show', id])
  const log = await millrace(['job', 'logs', id])
  const followed = await millrace(['job', 'logs', id, '--follow'])
  const cancelled = await millrace(['job', 'cancel', id, '--reason', 'too long'])

  expect(shown.out).toContain('state        success\n')
  expect(shown.out).toContain('duration     1.5 s\n')
  expect(shown.out).toContain('result\n[\n  2\n]\n')
  expect(log.out).toBe('the log\n')
  expect(followed.out).toBe('first\nsecond\n')
  expect(cancelled.code).toBe(0)
  expect(api.seen.at(-1)?.body).toBe('{"reason":"too long"}')
})

test('a script is shown with its arguments, its code alone, or as JSON', async () => {
  const { millrace } = await setup({ 'GET /w/admins/scripts/get/p/u/admin/hello': () => script({}) })

  const shown = await millrace(['script', 'show', 'u/admin/hello'])
  const code = await millrace(['script', 'show', 'u/admin/hello', '--code'])
  const json = await millrace(['script', 'show', 'u/admin/hello', '--json'])

  expect(shown.out).toContain('--name    string   required')
  expect(shown.out).toContain('--count   integer            1')
  expect(code.out).toBe('code\n')
  expect(JSON.parse(json.out)).toMatchObject({ path: 'u/admin/hello', language: 'lang-a' })
})

test('dev refuses a folder that is not there, and says how to sign in', async () => {
  const { home, millrace } = await setup()
  const missing = await millrace(['dev', join(home, 'nowhere')])
  expect(missing).toMatchObject({
    code: 2,
    err: expect.stringContaining(`There is no folder ${join(home, 'nowhere')}.`),
  })
  const signedOut = await millrace(['dev', home], { env: {} })
  expect(signedOut).toMatchObject({ code: 3, err: expect.stringContaining('millrace login') })
})

describe('job debug', () => {
  const local = { script: 'main.a', files: { 'run.a': 'runner' }, argv: ['run-a', 'run.a'], takes_words: false }
  const route = `GET ${jobsU}/get/${id}`

  test('prints the command that runs the same source and arguments, without a secret', async () => {
    const job = completedJob(id, { raw_code: 'code', language: 'lang-a', script_path: 'f/x/y', args: { name: "it's" } })
    const { home, api, millrace } = await setup({
      [route]: () => job,
      'GET /languages': () => [{ ...languages[0], local }],
    })
    const folder = join(home, 'a folder')

    const run = await millrace(['job', 'debug', id, '--write', '--folder', folder])

    expect(run.code).toBe(0)
    expect(run.out).toContain(`cd '${folder}' && WM_WORKSPACE=admins WM_JOB_ID=${id} WM_JOB_PATH=f/x/y `)
    expect(run.out).toContain(`BASE_INTERNAL_URL=${api.url} run-a run.a\n`)
    expect(run.out).not.toMatch(/TOKEN|secret/)
    expect(await readFile(join(folder, 'main.a'), 'utf8')).toBe('code')
    expect(await readFile(join(folder, 'run.a'), 'utf8')).toBe('runner')
    expect(JSON.parse(await readFile(join(folder, 'args.json'), 'utf8'))).toEqual({ name: "it's" })
    expect(JSON.parse(await readFile(join(folder, 'parameters.json'), 'utf8'))).toEqual(['name', 'count'])
    const again = await millrace(['job', 'debug', id, '--write', '--folder', folder])
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('is there already') })
  })

  test('a deployed version is fetched; arguments that are words keep their places', async () => {
    const job = completedJob(id, { script_hash: '00000000000000aa', language: 'lang-a', args: { count: { a: 1 } } })
    const { millrace } = await setup({
      [route]: () => job,
      'GET /w/admins/scripts/get/h/00000000000000aa': () => script({}),
      'GET /languages': () => [{ ...languages[0], local: { ...local, takes_words: true } }],
    })
    const run = await millrace(['job', 'debug', id])
    expect(run.out).toContain(`run-a run.a '' '{"a":1}'\n`)
    expect(run.err).toContain('--write prepares it')
  })

  test.each([
    [{ job_kind: 'noop' }, 'is a noop; only jobs of scripts'],
    [{ raw_code: 'x', language: 'lang-b' }, 'B cannot be run by its interpreter alone'],
    [{ raw_code: 'x', language: 'lang-a', deleted: true }, 'are gone'],
  ])('what cannot be run by hand says why: %j', async (fields, why) => {
    const { millrace } = await setup({ [route]: () => completedJob(id, fields) })
    expect(await millrace(['job', 'debug', id])).toMatchObject({ code: 2, err: expect.stringContaining(why) })
  })
})

const user = {
  email: 'a@b.c',
  username: 'admin',
  is_admin: true,
  is_super_admin: true,
  created_at: '2026-01-01T00:00:00Z',
  operator: false,
  disabled: false,
  groups: [],
  folders: [],
  folders_read: [],
  folders_owners: [],
  workspace_id: 'admins',
}

describe('handlers', () => {
  test('one is chosen with what it is muted for, shown and taken away', async () => {
    const shown = {
      path: 'script/f/a/h',
      extra_args: { channel: 'ops' },
      muted_on_cancel: true,
      muted_on_user_path: false,
    }
    const { api, millrace } = await setup({
      'POST /w/admins/workspaces/edit_error_handler': () => 'done',
      'GET /w/admins/workspaces/get_settings': () => ({ workspace_id: 'admins', name: 'a', error_handler: shown }),
    })
    const words = ['workspace', 'error-handler']
    const chosen = await millrace([...words, 'script/f/a/h', '--data', '{"channel":"ops"}', '--mute-cancelled'])
    expect([chosen.code, chosen.err]).toEqual([0, 'done\n'])
    expect(JSON.parse(api.seen.at(-1)?.body ?? '')).toEqual({ ...shown, muted_on_ui_runs: false })
    const told = await millrace(words)
    expect(told.out).toBe('script/f/a/h\n  with {"channel":"ops"}\n  not told of cancelled jobs\n')
    expect(JSON.parse((await millrace([...words, '--json'])).out)).toEqual(shown)
    expect((await millrace(['workspace', 'recovery-handler'])).out).toBe(
      'Nobody is told of successes after failures.\n',
    )
    expect((await millrace([...words, '--none'])).code).toBe(0)
    expect(JSON.parse(api.seen.at(-1)?.body ?? '')).toEqual({})
    expect((await millrace([...words, 'script/f/a/h', '--none'])).code).toBe(2)
  })

  test('one of the instance is chosen at its own address', async () => {
    const { api, millrace } = await setup({ 'POST /settings/handlers/success': () => 'done' })
    await millrace(['workspace', 'success-handler', 'flow/f/a/h', '--instance'])
    expect(JSON.parse(api.seen.at(-1)?.body ?? '')).toMatchObject({ path: 'flow/f/a/h' })
  })
})

function script(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    workspace_id: 'admins',
    hash: '00000000000000aa',
    path: 'u/admin/hello',
    summary: '',
    description: '',
    content: 'code',
    created_by: 'admin',
    created_at: '2026-01-01T00:00:00Z',
    archived: false,
    deleted: false,
    is_template: false,
    schema: signature.schema,
    extra_perms: {},
    language: 'lang-a',
    kind: 'script',
    starred: false,
    ...fields,
  }
}
