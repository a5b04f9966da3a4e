import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import type { Dependencies } from '@millrace/runtimes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS, openStepHost, shellStep } from '../launch/testing/open-step-host.ts'
import { SourceCompleter } from './complete-source.ts'

let base: TestDatabase
let folder: string
let host: Awaited<ReturnType<typeof openStepHost>>
beforeAll(async () => {
  base = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'millrace-complete-'))
  await chmod(folder, 0o755)
  host = await openStepHost(folder, 'own')
})
afterAll(async () => {
  await host.launcher.stop()
  await rm(folder, { recursive: true, force: true })
  await base.drop()
})

/** The shell with packages: `# use <path>` imports a script, `# need <name>` a package, whose versions the registry says. */
const dependencies: Dependencies = {
  workspaceImports: (content) => words(content, 'use'),
  manifestNames: () => [''],
  resolve({ content, modules = {}, manifests = {} }, _toolchain, { env }) {
    const names = [content, ...Object.values(modules)].flatMap((text) => words(text, 'need'))
    if (names.length === 0) return undefined
    const lock = `${names.join(' ')} by ${manifests[''] ?? 'nobody'} from ${env['REGISTRY']}`
    const fails = names.includes('missing') ? 'echo "no package is called missing" >&2; exit 1;' : ''
    return shellStep(`resolve ${lock}`, `${fails} printf %s '${lock}' > out`)
  },
  install(lock) {
    if (lock === '') return undefined
    return { ...shellStep(`install ${lock}`, `mkdir out; echo '${lock}' > out/names`), inside: '/packages' }
  },
}

function words(content: string, verb: string): string[] {
  return [...content.matchAll(new RegExp(`^# ${verb} (\\S+)$`, 'gm'))].map(([, word = '']) => word)
}

async function setup() {
  const workspace = `w-${newId()}`.slice(0, 40)
  const { kysely } = base.db
  await kysely.insertInto('workspace').values({ id: workspace, name: workspace, owner: 't@example.org' }).execute()
  const queries: string[] = []
  const pool = new Proxy(base.db.pool, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name)
      return (query: { name: string }) => {
        queries.push(query.name)
        return target.query(query as never)
      }
    },
  })
  const completer = new SourceCompleter({
    db: { ...base.db, pool },
    launcher: host.launcher,
    limits: LIMITS,
    registries: () => Promise.resolve({ env: { REGISTRY: 'here' } }),
  })
  const deploy = async (path: string, content: string) => {
    await kysely.updateTable('script').set({ serves: false }).where('path', '=', path).execute()
    const hash = newId().replaceAll('-', '').slice(-16)
    await kysely
      .insertInto('script')
      .values({
        workspace_id: workspace,
        hash,
        path,
        content,
        language: 'bash',
        created_by: 't',
        serves: true,
        archived: true,
      })
      .execute()
  }
  const runtime = { ...host.runtime, dependencies }
  /** What the script prints, how many steps it took and which queries. */
  const run = async (content: string, lock?: string, lockKey?: string) => {
    const [steps, asked] = [host.launcher.stepsRun, queries.length]
    let log = ''
    const onLog = (text: string) => (log += text)
    const { signal } = new AbortController()
    const completion = { runtime, toolchain: host.toolchain, signal, onLog }
    const completed = await completer.complete({ workspace, content, path: 'f/a/main', lock, lockKey }, completion)
    const trace = () => ({ log, steps: host.launcher.stepsRun - steps, queries: queries.length - asked })
    if (!completed.ok) return { outcome: completed.outcome, ...trace() }
    const request = {
      ...host.request(onLog),
      runtime,
      ...completed,
      input: { args: {}, env: {} },
      network: 'none',
    } as const
    const { outcome } = await host.launcher.run(request).ended
    return { outcome, ...trace() }
  }
  const keyOf = async (content: string) => {
    const gathered = await completer.gather(
      { workspace, content, path: 'f/a/main', lock: undefined },
      { runtime, onLog: () => undefined },
    )
    return gathered.ok ? gathered.key : undefined
  }
  return { workspace, run, deploy, keyOf }
}

test('the second run of a locked script runs no step and asks one query for what it imports', async () => {
  const { run, deploy } = await setup()
  await deploy('f/a/lib', '# use f/a/deep\n')
  await deploy('f/a/deep', '')
  const content = '# use f/a/lib\n# need tool\ncat /packages/names\n'
  expect(await run(content, 'tool 1')).toMatchObject({ log: 'tool 1\n', steps: 1, queries: 2 })
  expect(await run(content, 'tool 1')).toMatchObject({ log: 'tool 1\n', steps: 0, queries: 1 })
  expect(await run(content, 'tool 2')).toMatchObject({ log: expect.stringContaining('tool 2\n'), steps: 1 })
})

test('what was never locked is pinned on the fly with its modules and dependency files, and once for the same needs', async () => {
  const { workspace, run, deploy } = await setup()
  await deploy('f/a/lib', '# need deep\n')
  await base.db.kysely
    .insertInto('workspace_dependency')
    .values({ workspace_id: workspace, language: 'bash', content: 'all', created_by: 't' })
    .execute()
  const content = '# use f/a/lib\n# need tool\ncat /packages/names\n'
  expect(await run(content)).toMatchObject({ log: 'tool deep by all from here\n', steps: 2 })
  expect(await run(content)).toMatchObject({ log: 'tool deep by all from here\n', steps: 0 })
  await deploy('f/a/lib', '# need other\n')
  expect(await run(content)).toMatchObject({ log: 'tool other by all from here\n', steps: 2 })
})

/** A machine that is busy says besides what it waits for. */
const ends = (text: string) => expect.stringMatching(new RegExp(`(^|\\n)${text}$`))

test('a lock that was made before an import changed gives way to one for the run, once, until it is made anew', async () => {
  const { run, deploy, keyOf } = await setup()
  const content = '# use f/a/lib\n# need tool\ncat /packages/names\n'
  await deploy('f/a/lib', '')
  const key = await keyOf(content)
  expect(await run(content, 'tool old', key)).toMatchObject({ log: ends('tool old\n'), steps: 1 })
  await deploy('f/a/lib', '# need deep\n')
  const changed = await run(content, 'tool old', key)
  expect(changed).toMatchObject({ log: expect.stringMatching(/has changed since[^]*\ntool deep by nobody/), steps: 2 })
  expect(await run(content, 'tool old', key)).toMatchObject({ log: ends('tool deep by nobody from here\n'), steps: 0 })
  expect(await run(content, 'tool new', await keyOf(content))).toMatchObject({ log: ends('tool new\n'), steps: 1 })
  // One that was sent counts as it is, and one that cannot be made anew goes on.
  expect(await run(content, 'tool sent')).toMatchObject({ log: ends('tool sent\n') })
  await deploy('f/a/lib', '# need missing\n')
  expect(await run(content, 'tool old', key)).toMatchObject({ log: ends('tool old\n') })
})

test('an empty lock gives way when an import comes to need a package', async () => {
  const { run, deploy } = await setup()
  const content = '# use f/a/lib\ncat /packages/names\n'
  await deploy('f/a/lib', '# need deep\n')
  expect(await run(content, '')).toMatchObject({ log: expect.stringContaining('deep by nobody from here\n'), steps: 2 })
})

test('an import that leads nowhere is named in the log and left to the language', async () => {
  const { run } = await setup()
  const { outcome, log } = await run('# use f/a/nowhere\necho still running\n')
  expect(outcome.kind).toBe('result')
  expect(log).toBe('no script of this workspace serves at f/a/nowhere, which f/a/main imports\nstill running\n')
})

test('packages that cannot be resolved fail the run with the words of the package manager', async () => {
  const { run } = await setup()
  expect((await run('# need missing\n')).outcome).toMatchObject({
    error: { name: 'ResolveError', message: 'no package is called missing' },
  })
})

test('scripts that import each other run, and imports without end are refused with a sentence', async () => {
  const { run, deploy } = await setup()
  await deploy('f/a/one', '# use f/a/two\n')
  await deploy('f/a/two', '# use f/a/one\n# use f/a/main\n')
  expect((await run('# use f/a/one\necho fine\n')).log).toBe('fine\n')
  for (let at = 0; at < 60; at += 1) await deploy(`f/a/s${at}`, `# use f/a/s${at + 1}\n`)
  expect((await run('# use f/a/s0\n')).outcome).toMatchObject({ error: { name: 'TooManyImports' } })
})
