import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { invariant } from '@millrace/base/invariant'
import { chooseSandbox, isReachable } from '@millrace/sandbox'
import { Launcher } from '@millrace/worker/launch'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import type { Install, ScriptSource, Step, Toolchain } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { traceNetwork, whyNoTrace } from '../shared/testing/trace-system.ts'
import { dependencies } from './dependencies.ts'
import { python3 } from './index.ts'

const MB = 1024 * 1024
const limits = { memoryBytesMax: 512 * MB, processesMax: 256, fileBytesMax: 512 * MB, openFilesMax: 1_024 }
/** What this machine says about its package index. */
const NAMES = /^(?:PIP_|UV_|SSL_CERT_FILE$|REQUESTS_CA_BUNDLE$|https?_proxy$|no_proxy$|all_proxy$)/i
const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (NAMES.test(name) && value ? [[name, value] as const] : [])),
)
const registries = { env }
/** Gives up at once where there is no network. */
const quick = { env: { ...jobEnvironment, ...env, UV_HTTP_RETRIES: '0' } }

let folder: string
let toolchain: Toolchain
let launcher: Launcher | undefined
let problem: string | undefined

beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-python-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  await mkdir(join(folder, 'toolchains'))
  toolchain = await python3.findToolchain({ toolchainFolder: join(folder, 'toolchains'), isReachable })
  if (!choice.found || !toolchain.found) {
    problem = choice.found ? 'there is no Python that jobs can reach' : 'there is no sandbox'
    return
  }
  launcher = new Launcher({ sandbox: choice.sandbox, dataDir: folder, log: silentLogger, slots: 1 })
  await launcher.start(true)
  const first = await resolve({ content: 'import six', path: undefined })
  if (!first.ok && /could not be reached/.test(first.message)) problem = 'the package index cannot be reached'
})
afterAll(async () => {
  await launcher?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach((context) => context.skip(problem !== undefined, problem))

function found(): { readonly launcher: Launcher; readonly toolchain: Toolchain & { readonly found: true } } {
  invariant(launcher && toolchain.found, 'a test without a host is skipped')
  return { launcher, toolchain }
}

interface Answer {
  readonly ok: boolean
  readonly lock: string
  readonly message: string
  readonly log: string
}

function offers(minor: string): boolean {
  return found().toolchain.paths[`python3.${minor}`] !== undefined
}

async function resolve(script: ScriptSource, change: Partial<Step> = {}): Promise<Answer> {
  const { launcher, toolchain } = found()
  const step = dependencies.resolve(script, toolchain, registries)
  invariant(step, 'the script needs packages')
  let log = ''
  const onLog = (text: string) => (log += text)
  const answer = await launcher.resolve({ ...step, ...change }, { runtime: python3, toolchain, limits, onLog })
  if (answer.ok) return { ok: true, lock: answer.lock, message: '', log }
  return { ok: false, lock: '', message: answer.outcome.kind === 'error' ? answer.outcome.error.message : '', log }
}

interface End {
  readonly value: unknown
  readonly error: string
  readonly log: string
  readonly stream: string
}

/** Runs as a worker does; without a network, which a locked script needs for its packages at the most. */
async function run(script: ScriptSource, args = {}, change: Partial<Install> = {}): Promise<End> {
  const { launcher, toolchain } = found()
  const install = dependencies.install(script.lock ?? '', toolchain, registries)
  const said = { log: '', stream: '' }
  const { outcome } = await launcher.run({
    runtime: python3,
    toolchain,
    limits,
    prepared: python3.prepare(script, toolchain),
    install: install && { ...install, ...change },
    input: { args, env: {} },
    network: 'none',
    onLog: (text) => (said.log += text),
    onStream: (text) => (said.stream += text),
  }).ended
  if (outcome.kind === 'result') return { value: JSON.parse(outcome.json), error: '', ...said }
  return { value: undefined, error: `${outcome.error.name}: ${outcome.error.message}`, ...said }
}

describe('packages', () => {
  const content =
    'import dateutil.parser, six, sys, os\ndef main(when: str):\n    return [dateutil.parser.parse(when).year, six.__version__, os.path.dirname(six.__file__), os.access("/deps", os.W_OK)]'

  test('are pinned from imports, installed once, and read only', async () => {
    const { lock, log } = await resolve({ content, path: undefined })
    expect(lock).toMatch(/^# py: 3\.\d+\n/)
    expect(lock).toMatch(/^python-dateutil==\S+ \\\n +--hash=sha256:/m)
    expect(lock).toMatch(/^six==/m)
    expect(log).toMatch(/^pinned \d: python-dateutil==.*six==/m)

    const script = { content, path: undefined, lock }
    const first = await run(script, { when: '5 May 2031' })
    expect(first).toMatchObject({ value: [2031, expect.any(String), '/deps', false], error: '' })
    expect(first.log).toMatch(/installing \d packages/)
    // The key is that of the first, so there is nothing to do; a step that were run could not reach the index.
    const second = await run(script, { when: '5 May 2032' }, { network: 'none', argv: ['/bin/false'] })
    expect(second).toMatchObject({ value: [2032, expect.any(String), '/deps', false], error: '', log: '' })
  })

  test('a second run of a locked script makes no network call and no install', async ({ skip }) => {
    const why = whyNoTrace()
    skip(why !== undefined, why)
    const { lock } = await resolve({ content, path: undefined })
    const again = () => run({ content, path: undefined, lock }, { when: '5 May 2031' })
    expect(await again()).toMatchObject({ error: '' })
    const { launcher } = found()
    const steps = launcher.stepsRun
    expect(await traceNetwork(async () => expect(await again()).toMatchObject({ error: '' }))).toEqual([])
    expect(launcher.stepsRun).toBe(steps)
  })

  test('come with their compiled code, and programs of their own', async () => {
    const source =
      'import six, os, subprocess, sys, idna\ndef main():\n    child = subprocess.run([sys.executable, "-c", "import six; print(six.__file__)"], capture_output=True, text=True)\n    return [os.path.exists(six.__cached__), child.stdout, os.environ["PATH"].endswith(":/deps/bin"), sys.path[0], sys.path[-1]]'
    const { lock } = await resolve({ content: source, path: undefined })
    const end = await run({ content: source, path: undefined, lock })
    expect(end).toMatchObject({ value: [true, '/deps/six.py\n', true, '/job', '/deps'], error: '' })
  })

  test('a lock from elsewhere works, whatever its comments say', async (context) => {
    context.skip(!offers('11'), 'there is no Python 3.11 that jobs can reach')
    const lock = '# py: 3.11\n# hash: abc\n\nsix==1.16.0  # via dateutil\n'
    const source = 'import six\ndef main():\n    return six.__version__'
    const end = await run({ content: source, path: 'f/a/b', lock })
    expect(end).toMatchObject({ value: '1.16.0', error: '' })
  })

  test('a wrong hash is refused', async () => {
    const lock = `six==1.16.0 --hash=sha256:${'0'.repeat(64)}\n`
    expect((await run({ content: 'import six', path: undefined, lock })).error).toMatch(/InstallError[\s\S]*[Hh]ash/)
  })
})

describe('what cannot be had', () => {
  test.each<[string, string, RegExp]>([
    [
      'a package that does not exist',
      '#requirements:\n#millrace-no-such-package-7f3a\n',
      /There is no package millrace-no/,
    ],
    [
      'an import of no package',
      'import millrace_no_such_7f3a',
      /imports millrace_no_such_7f3a,[\s\S]*# pin: <package>/,
    ],
    ['pins that conflict', '#requirements:\n#python-dateutil==2.9.0\n#six==1.4\n', /cannot be installed together/],
    ['a version that does not exist', '#requirements:\n#six==99.9\n', /does not exist/],
  ])('%s', async (_name, content, message) => {
    expect((await resolve({ content, path: undefined })).message).toMatch(message)
  })

  test('a pin that is not there any more fails the install, with what to do', async () => {
    const end = await run({ content: 'import six', path: undefined, lock: 'six==0.0.99\n' })
    expect(end.error).toMatch(/InstallError: A version that is asked for does not exist/)
  })

  test('an index that is away is named as such', async () => {
    const change: Partial<Step> = { ...quick, network: 'none', key: 'without a network' }
    const away = await resolve({ content: 'import idna, six, certifi', path: undefined }, change)
    expect(away.message).toMatch(/index could not be reached/)
  })

  test('a package that needs a compiler says so', async () => {
    const lock = 'python-ldap==3.4.4\n'
    const end = await run({ content: 'import ldap', path: undefined, lock })
    expect(end.error).toMatch(/The package python-ldap\S* has no wheel[\s\S]*could not be compiled/)
  })

  test('an import that no lock knows fails where it stands', async () => {
    const end = await run({ content: 'def main():\n    import requests', path: undefined })
    expect(end.error).toMatch(/ModuleNotFoundError: No module named 'requests'/)
  })

  test('an interpreter that is missing is named', async (context) => {
    const absent = ['10', '12', '13', '14'].find((minor) => !offers(minor)) ?? ''
    context.skip(absent === '', 'every Python is here')
    const script = { content: `#py3${absent}\ndef main():\n    return 1`, path: undefined }
    const sentence = `Python 3.${absent} is not on this worker, which has`
    expect((await run(script)).error).toContain(sentence)
    expect((await resolve(script)).lock).toBe(`# py: 3.${absent}\n`)
    // uv fetches it where the worker may reach it, and says so where it may not; a box without a network may not.
    const end = await run({ ...script, lock: `# py: 3.${absent}\n` }, {}, { ...quick, network: 'none', key: 'away' })
    expect(end.error).toMatch(new RegExp(`${sentence}[\\s\\S]*could not be fetched`))
  })
})

describe('imports of the workspace', () => {
  const modules = {
    'f/team/lib': 'from ..shared.base import NAME\nfrom . import other\ndef greet():\n    return NAME + other.MARK',
    'f/team/other': 'MARK = "!"',
    'f/shared/base': 'NAME = "Ada"',
    'u/ada/own': 'VALUE = 7',
  }

  test.each<[string, string, unknown]>([
    ['absolute', 'from f.team.lib import greet\ndef main():\n    return greet()', 'Ada!'],
    ['as a module', 'import f.team.lib\ndef main():\n    return f.team.lib.greet()', 'Ada!'],
    ['from a folder', 'from f.team import lib\ndef main():\n    return lib.greet()', 'Ada!'],
    ['of a neighbour', 'from .lib import greet\ndef main():\n    return greet()', 'Ada!'],
    ['of a neighbour itself', 'from . import lib\ndef main():\n    return lib.greet()', 'Ada!'],
    ['of another folder', 'from ..shared.base import NAME\ndef main():\n    return NAME', 'Ada'],
    ['of a user', 'from u.ada.own import VALUE\ndef main():\n    return VALUE', 7],
    [
      'late',
      'def main():\n    from .lib import greet\n    return [greet(), __name__, __file__]',
      ['Ada!', 'f.team.script', '/job/f/team/script.py'],
    ],
  ])('%s', async (_name, content, value) => {
    expect(await run({ content, path: 'f/team/script', modules })).toMatchObject({ value, error: '' })
  })

  test('two scripts may import each other', async () => {
    const other = 'from . import script\ndef twice(n):\n    return script.base() * n'
    const content = 'from . import other\ndef base():\n    return 21\ndef main():\n    return other.twice(2)'
    const circle = { 'f/team/other': other }
    expect(await run({ content, path: 'f/team/script', modules: circle })).toMatchObject({ value: 42, error: '' })
  })

  test('a script that is not there is named, and a broken one with its place', async () => {
    const absent = await run({ content: 'from .absent import x\ndef main(): pass', path: 'f/team/script', modules })
    expect(absent.error).toContain("No module named 'f.team.absent'")
    const broken = { 'f/team/broken': 'def x(:\n    pass' }
    const end = await run({
      content: 'from .broken import x\ndef main(): pass',
      path: 'f/team/script',
      modules: broken,
    })
    expect(end.error).toMatch(/SyntaxError.*broken\.py, line 1/)
  })

  test('a generator of texts streams its result', async () => {
    const body = 'def main():\n    yield "one\\n"\n    print("two")\n    yield "three"\n    yield {"four": 4}'
    for (const content of [body, `async ${body}`])
      expect(await run({ content, path: undefined })).toEqual({
        value: null,
        error: '',
        log: 'two\n',
        stream: 'one\nthree{"four":4}',
      })
  })

  test('another function than main is called by its name', async () => {
    const content =
      'def main(a): return a\ndef choices(a=1): return [{"label": "x", "value": a}]\ndef preprocessor(event): return {"a": event["kind"]}'
    const path = undefined
    expect(await run({ content, path }, { _ENTRYPOINT_OVERRIDE: 'choices', a: 3 })).toMatchObject({
      value: [{ label: 'x', value: 3 }],
    })
    expect(
      await run({ content, path }, { _ENTRYPOINT_OVERRIDE: 'preprocessor', event: { kind: 'webhook' } }),
    ).toMatchObject({
      value: { a: 'webhook' },
    })
    expect((await run({ content, path }, { _ENTRYPOINT_OVERRIDE: 'none' })).error).toContain('has no function none')
  })
})
