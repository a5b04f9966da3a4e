import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createClient } from '@millrace/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTerminal } from '../output/terminal.ts'
import { completedJob, events, problem, startTestApi, type Answer } from '../test-api.ts'
import { develop, type Development } from './develop.ts'

const script = 'f/tools/hello.ts'
const stem = 'f/tools/hello'

const languages = [
  { id: 'lang-a', kind: 'process', label: 'A', extension: '.ts', aliases: [], editor: 'a', icon: 'a', starter: '' },
]
const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, times: { type: 'integer', default: 2 }, at: { default: null } },
  required: ['name'],
}

/** A server whose jobs end at once; the job of a source with `endless` in it runs until it is cancelled. */
function answers(): Record<string, Answer> {
  const endless = new Map<string, () => void>()
  const route: Record<string, Answer> = {
    'GET /languages': () => languages,
    'POST /scripts/signature': () => ({ schema, auto_kind: null, has_preprocessor: false }),
    'POST /w/admins/jobs/run/preview': ({ url, body }) => {
      const id = url.searchParams.get('job_id') ?? ''
      const isEndless = body.includes('endless')
      const done = { type: 'update', completed: true, new_logs: 'the log\n' }
      route[`GET /w/admins/jobs_u/getupdate_sse/${id}`] = isEndless
        ? (seen, response) => {
            events({ type: 'update', running: true, new_logs: 'endless log\n' })(seen, response)
            endless.set(id, () => response.end())
          }
        : events(done)
      route[`GET /w/admins/jobs_u/completed/get/${id}`] = () => completedJob(id, { result: { of: id.length } })
      route[`POST /w/admins/jobs_u/queue/cancel/${id}`] = () => {
        endless.get(id)?.()
        return 'cancelled'
      }
      return id
    },
  }
  return route
}

interface Setup {
  readonly files?: Readonly<Record<string, string>>
  readonly server?: Readonly<Record<string, Answer>>
  readonly runs?: boolean
}

/** Watches a folder with these files, past its beginning. */
async function setup({ files = { [script]: 'first' }, server = {}, runs = true }: Setup = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-dev-'))
  for (const [name, text] of Object.entries(files)) await write(folder, name, text)
  const { url, seen } = await startTestApi(Object.assign(answers(), server))
  const screen = new Screen()
  const interrupt = new AbortController()
  const development: Development = {
    client: createClient({ baseUrl: url, token: 'secret' }),
    terminal: createTerminal(
      { stdin: new PassThrough(), stdout: screen.stream, stderr: screen.stream },
      { wantsNoColor: true },
    ),
    workspace: 'admins',
    folder,
    runs,
    interrupted: interrupt.signal,
    left: new AbortController().signal,
  }
  const ended = develop(development)
  ended.catch(() => screen.fail())
  onTestFinished(async () => {
    interrupt.abort()
    await ended.catch(() => undefined)
    await rm(folder, { recursive: true })
  })
  const runsSeen = () =>
    seen.filter(({ url: { pathname } }) => pathname.endsWith('/run/preview')).map(({ body }) => JSON.parse(body))
  const save = (name: string, text: string) => write(folder, name, text)
  const read = (name: string) => readFile(join(folder, name), 'utf8')
  return { folder, screen, seen, ended, interrupt, runsSeen, save, read }
}

async function write(folder: string, name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true })
  await writeFile(join(folder, name), text)
}

/** What was printed, with waiting for it. */
class Screen {
  readonly stream = new PassThrough()
  text = ''
  #waiting: { readonly wanted: string; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []

  constructor() {
    this.stream.setEncoding('utf8').on('data', (piece: string) => {
      this.text += piece
      this.#waiting = this.#waiting.filter(({ wanted, resolve }) => {
        if (!this.text.includes(wanted)) return true
        resolve()
        return false
      })
    })
  }

  /** Resolves when the text is on the screen. */
  shows(wanted: string): Promise<void> {
    if (this.text.includes(wanted)) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ wanted, resolve, reject }))
  }

  clear(): void {
    this.text = ''
  }

  fail(): void {
    for (const { wanted, reject } of this.#waiting) reject(new Error(`Ended before "${wanted}": ${this.text}`))
  }
}

test('a script without metadata gets it at the beginning, and does not run', async () => {
  const { screen, read, runsSeen } = await setup()
  await screen.shows('Watching')
  expect(screen.text).toContain('1 script, 1 with a new schema')
  expect(await read(`${stem}.script.yaml`)).toMatch(
    /^summary: ''\ndescription: ''\nkind: script\nschema:\n {2}type: object/,
  )
  expect(runsSeen()).toEqual([])
})

test('metadata keeps its comments and what people wrote; the server is told the schema it had', async () => {
  const yaml = `# ours\nsummary: Says hello\ntag: gpu\nschema:\n  properties:\n    name: {type: string, title: Who}\n`
  const { screen, read, seen } = await setup({ files: { [script]: 'x', [`${stem}.script.yaml`]: yaml } })
  await screen.shows('schema changed')
  const written = await read(`${stem}.script.yaml`)
  expect(written).toMatch(/^# ours\nsummary: Says hello\ntag: gpu\nschema:\n/)
  const asked = seen.find(({ url }) => url.pathname.endsWith('/scripts/signature'))
  expect(JSON.parse(asked?.body ?? '')).toEqual({
    language: 'lang-a',
    content: 'x',
    previous: { properties: { name: { type: 'string', title: 'Who' } } },
  })
})

test('metadata that is fresh is not written', async () => {
  const first = await setup()
  await first.screen.shows('Watching')
  const file = join(first.folder, `${stem}.script.yaml`)
  const before = await stat(file)
  await first.save(`${stem}.args.json`, '{"name":"Ada"}')
  await first.screen.shows('success')
  expect((await stat(file)).ino).toBe(before.ino)
})

test('a saved script runs with the arguments beside it and the defaults of its schema', async () => {
  const { screen, save, runsSeen } = await setup({ files: { [script]: 'a', [`${stem}.args.json`]: '{"name":"Ada"}' } })
  await screen.shows('Watching')
  await save(script, 'saved')
  await screen.shows('success in 5 ms')
  expect(runsSeen()).toEqual([{ content: 'saved', language: 'lang-a', path: stem, args: { name: 'Ada', times: 2 } }])
  expect(screen.text).toContain('the log\n{\n  "of": 36\n}\n')
})

test('where nothing runs, a save makes the metadata fresh', async () => {
  const { screen, save, runsSeen } = await setup({ runs: false, files: {} })
  await screen.shows('Nothing runs')
  await save('u/ada/new.ts', 'code')
  await screen.shows('u/ada/new.ts: schema created')
  expect(runsSeen()).toEqual([])
})

test('an argument without a value is named with the file that it belongs into', async () => {
  const { screen, save, runsSeen } = await setup()
  await screen.shows('Watching')
  await save(script, 'saved')
  await screen.shows(`${script}: not run, name has no value. Write it to ${stem}.args.json.`)
  await save(`${stem}.args.json`, '{\n  "name": oops\n}')
  await screen.shows(`${stem}.args.json:2: is not JSON: Unexpected token 'o'.`)
  await save(`${stem}.args.json`, '{"name":"Ada"}')
  await screen.shows('success')
  expect(runsSeen()).toHaveLength(1)
})

test('a newer save cancels the run, and only the newest of many runs', async () => {
  const args = { [`${stem}.args.json`]: '{"name":"Ada"}', 'f/tools/b.args.json': '{"name":"B"}' }
  const { screen, folder, save, seen, runsSeen } = await setup({ files: { [script]: 'a', ...args } })
  await screen.shows('Watching')
  await save(script, 'endless')
  await screen.shows('endless log')
  for (const round of [1, 2, 3]) writeFileSync(join(folder, script), `round ${round}`)
  writeFileSync(join(folder, 'f/tools/b.ts'), 'newest')
  await screen.shows('f/tools/b.ts: success')
  expect(screen.text).toContain('is cancelled')
  expect(seen.filter(({ url }) => url.pathname.includes('/queue/cancel/'))).toHaveLength(1)
  expect(runsSeen().map(({ content }) => content)).toEqual(['endless', 'newest'])
})

test('what an editor writes beside the file is no save, and a file that it replaces is one', async () => {
  const { screen, folder, runsSeen } = await setup({
    files: { [script]: 'a', [`${stem}.args.json`]: '{"name":"Ada"}' },
  })
  await screen.shows('Watching')
  const at = (name: string) => join(folder, name)
  writeFileSync(at('f/tools/.hello.ts.swp'), 'swap')
  writeFileSync(at('f/tools/4913'), '')
  renameSync(at(script), at(`${script}~`))
  writeFileSync(at(script), 'replaced')
  rmSync(at(`${script}~`))
  await screen.shows('success')
  expect(runsSeen().map(({ content }) => content)).toEqual(['replaced'])
  expect(screen.text).not.toMatch(/Skipped|deleted|renamed/)
})

test('a script in a folder that is made later is seen, also after the folder was made anew', async () => {
  const { screen, folder, save, read } = await setup({ files: {} })
  await screen.shows('Watching')
  await save('f/late/deep/x.ts', 'code')
  await screen.shows('f/late/deep/x.ts: schema created')
  await rm(join(folder, 'f/late'), { recursive: true })
  await screen.shows('f/late/deep/x.ts: deleted')
  screen.clear()
  await save('f/late/deep/x.ts', 'code')
  await screen.shows('f/late/deep/x.ts: schema created')
  await save('f/late/deep/y.ts', 'code')
  await screen.shows('f/late/deep/y.ts: schema created')
  expect(await read('f/late/deep/y.script.yaml')).toContain('schema')
})

test('a renamed script takes its files along; those of a deleted one stay', async () => {
  const { screen, folder, read } = await setup({
    files: { [script]: 'a', [`${stem}.args.json`]: '{"name":"Ada"}', 'f/tools/other.ts': 'b' },
  })
  await screen.shows('Watching')
  const yaml = await read(`${stem}.script.yaml`)
  await rename(join(folder, script), join(folder, 'f/tools/moved.ts'))
  await screen.shows(`${script}: renamed to f/tools/moved.ts`)
  await screen.shows('success')
  expect(await read('f/tools/moved.script.yaml')).toBe(yaml)
  await expect(read(`${stem}.script.yaml`)).rejects.toThrow('ENOENT')
  await rm(join(folder, 'f/tools/other.ts'))
  await screen.shows('f/tools/other.ts: deleted')
  expect(await read('f/tools/other.script.yaml')).toContain('schema')
})

test('a script that cannot be parsed is told with its line and neither run nor written', async () => {
  const broken = { schema: {}, auto_kind: null, has_preprocessor: false, error: { message: 'unexpected )', line: 3 } }
  const { screen, save, read, runsSeen } = await setup({
    files: {},
    server: { 'POST /scripts/signature': () => broken },
  })
  await screen.shows('Watching')
  await save(script, '(')
  await screen.shows(`${script}:3: unexpected )`)
  await expect(read(`${stem}.script.yaml`)).rejects.toThrow('ENOENT')
  expect(runsSeen()).toEqual([])
})

test('metadata that is no YAML is told with its line and left as it is', async () => {
  const { screen, read } = await setup({
    files: { [script]: 'a', [`${stem}.script.yaml`]: 'summary: a\nschema: [1,\n' },
  })
  await screen.shows('Watching')
  expect(screen.text).toMatch(/✗ f\/tools\/hello\.script\.yaml:[23]: /)
  expect(await read(`${stem}.script.yaml`)).toBe('summary: a\nschema: [1,\n')
})

test('a file of no language is named once', async () => {
  const { screen, save } = await setup({ files: { 'f/tools/a.cobol': '' } })
  await screen.shows('Watching')
  await save('f/tools/a.cobol', 'again')
  await save(script, 'saved')
  await screen.shows(`${script}: schema created`)
  expect(screen.text.split('a.cobol')).toHaveLength(2)
})

test('while the server is away it waits, and goes on with what was saved meanwhile', async () => {
  let isAway = false
  const away = problem(503, 'server.unavailable', 'The database is away.')
  const signature: Answer = (seen, response) =>
    isAway ? away(seen, response) : { schema: { properties: {} }, auto_kind: null, has_preprocessor: false }
  const { screen, save, runsSeen } = await setup({ server: { 'POST /scripts/signature': signature } })
  await screen.shows('Watching')
  isAway = true
  await save(script, 'second')
  await screen.shows('waiting: The database is away. Trying again.')
  await save(script, 'third')
  isAway = false
  await screen.shows('back: the server answers.')
  await screen.shows('success')
  expect(runsSeen().at(-1)).toMatchObject({ content: 'third' })
  expect(runsSeen()).not.toContainEqual(expect.objectContaining({ content: 'second' }))
})

test('signed out meanwhile, it ends with what the server says', async () => {
  let isOut = false
  const out = problem(401, 'auth.required', 'Sign in.')
  const signature: Answer = (seen, response) =>
    isOut ? out(seen, response) : { schema, auto_kind: null, has_preprocessor: false }
  const { screen, save, ended } = await setup({ server: { 'POST /scripts/signature': signature } })
  await screen.shows('Watching')
  isOut = true
  await save(script, 'saved')
  await expect(ended).rejects.toMatchObject({ code: 'auth.required' })
})

test('at its end the running job is cancelled', async () => {
  const { screen, save, seen, interrupt, ended } = await setup({
    files: { [script]: 'a', [`${stem}.args.json`]: '{"name":"Ada"}' },
  })
  await screen.shows('Watching')
  await save(script, 'endless')
  await screen.shows('endless log')
  interrupt.abort()
  await ended
  expect(seen.at(-1)?.url.pathname).toContain('/queue/cancel/')
})

describe('locks', () => {
  const locking = { 'GET /languages': () => languages.map((language) => ({ ...language, locks: true })) }
  const pin = 'POST /w/admins/jobs/run/dependencies'
  /** Pins what the source says behind `need`; `missing` cannot be had. */
  const pins: Answer = ({ body }, response) => {
    const name = /need (\w+)/.exec(body)?.[1]
    if (name !== 'missing') return { lock: name === undefined ? '' : `${name}==1\n` }
    response.writeHead(500, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { name: 'ResolveError', message: 'no package is called missing' } }))
    return undefined
  }
  const server = { ...locking, [pin]: pins }
  const lockFile = `${stem}.script.lock`
  const files = {
    [script]: 'old',
    [`${stem}.args.json`]: '{"name":"Ada"}',
    [`${stem}.script.yaml`]: '# ours\nlock: old\n',
  }

  test('a saved script has its packages in a file that its metadata names, and no file when it needs none', async () => {
    const { screen, save, read, seen } = await setup({ files, server })
    await screen.shows('Watching')
    await save(script, 'need six')
    await screen.shows(`${script}: lock written`)
    expect(await read(lockFile)).toBe('six==1\n')
    expect(await read(`${stem}.script.yaml`)).toMatch(/^# ours\nlock: '!inline f\/tools\/hello\.script\.lock'\nschema:/)
    const asked = seen.find(({ url }) => url.pathname.endsWith('/run/dependencies'))
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      raw_scripts: [{ raw_code: 'need six', language: 'lang-a', script_path: stem }],
    })
    screen.clear()
    await save(script, 'nothing')
    await screen.shows(`${script}: lock written`)
    await expect(read(lockFile)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await read(`${stem}.script.yaml`)).toContain("lock: ''\n")
  })

  test('what cannot be pinned is told, the lock before stays, and the next save is pinned', async () => {
    const { screen, save, read } = await setup({ files: { ...files, [lockFile]: 'before' }, server })
    await screen.shows('Watching')
    await save(script, 'need missing')
    await screen.shows(`${script}: its packages cannot be pinned: no package is called missing`)
    expect(await read(lockFile)).toBe('before')
    await save(script, 'need six')
    await screen.shows(`${script}: lock written`)
  })

  test('what is new at the beginning is pinned, and what has metadata is not', async () => {
    const { screen, seen, interrupt, ended } = await setup({ files: { ...files, 'f/tools/b.ts': 'need six' }, server })
    await screen.shows('f/tools/b.ts: lock written')
    interrupt.abort()
    await ended
    expect(seen.filter(({ url }) => url.pathname.endsWith('/run/dependencies'))).toHaveLength(1)
  })

  test('a script without a place in a workspace gets no lock', async () => {
    const { screen, save, seen, interrupt, ended } = await setup({ files: { 'loose.ts': 'old' }, server, runs: false })
    await screen.shows('Watching')
    await save('loose.ts', 'need six')
    await save('other.ts', 'x')
    await screen.shows('other.ts: schema created')
    interrupt.abort()
    await ended
    expect(seen.filter(({ url }) => url.pathname.endsWith('/run/dependencies'))).toEqual([])
  })
})
