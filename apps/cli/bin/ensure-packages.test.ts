import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'

/** Notes its arguments, then does what an install or a build would leave behind, or fails or hangs as told. */
const FAKE_NPM = `#!/bin/sh
PATH=/usr/bin:/bin
echo "$* omit=$npm_config_omit script=$npm_lifecycle_event mirror=$npm_config_registry" >> "$FAKE_LOG"
if [ -n "$FAKE_FAIL" ]; then
  echo "npm error code $FAKE_FAIL" >&2
  for line in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo "npm error more $line" >&2; done
  exit 1
fi
if [ "$1$FAKE_LOCK" = cirefused ]; then
  echo "npm error 'npm ci' can only install packages when your files are in sync." >&2
  exit 1
fi
if [ "$1" = run ]; then mkdir -p apps/web/dist; exit 0; fi
rm -rf node_modules; mkdir -p node_modules/node/bin
if [ -n "$FAKE_HANG" ]; then echo $$ > "$FAKE_HANG"; exec sleep 600; fi
touch node_modules/node/bin/node
`

const module = new URL('./ensure-packages.mjs', import.meta.url).href
const install = 'ci --no-audit --no-fund --include=dev --include=optional'

/** A checkout with one workspace, and \`npm\` and \`bwrap\` of its own in front of the PATH. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const root = join(folder, 'checkout')
  const log = join(folder, 'npm.log')
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { mode })
  }
  write('package.json', JSON.stringify({ workspaces: ['packages/*', 'e2e'] }))
  write('package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }))
  write('packages/one/package.json', '{}')
  write('apps/web/src/main.ts', 'one')
  write('../bin/npm', FAKE_NPM, 0o755)
  write('../bin/bwrap', '#!/bin/sh\n', 0o755)

  function start(options: { web?: boolean; quiet?: boolean } = {}, env: Record<string, string> = {}) {
    const call = { quiet: true, web: false, root, ...options }
    const code = `import(${JSON.stringify(module)}).then((m) => m.ensurePackages(${JSON.stringify(call)})).catch((error) => { console.error(error.message); process.exitCode = 1 })`
    const path = `${join(folder, 'bin')}:${process.env['PATH']}`
    return spawn(process.execPath, ['-e', code], { env: { ...process.env, PATH: path, FAKE_LOG: log, ...env } })
  }
  const calls = () =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.replace(/ omit=.*/, ''))
      : []
  return {
    folder,
    root,
    write,
    start,
    calls,
    log,
    run: async (...args: Parameters<typeof start>) => ended(start(...args)),
  }
}

async function ended(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  let err = ''
  child.stderr?.on('data', (text) => (err += String(text)))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, err }
}

test('missing packages are installed once and then left alone', async () => {
  const { run, calls } = setup()

  expect(await run()).toEqual({ code: 0, err: '' })
  await run()

  expect(calls()).toEqual([install])
})

test('progress is one line for each stage', async () => {
  const { run } = setup()

  const { err } = await run({ quiet: false, web: true })

  expect(err).toMatch(/^packages: installing … done in \d+\.\d s\nweb app: building … done in \d+\.\d s\n$/)
})

test.each([
  ['the lock', 'package-lock.json', '{"packages":{"node_modules/b":{"version":"2.0.0"}}}'],
  ['the package.json of a workspace', 'packages/one/package.json', '{"name":"one"}'],
  ['a new workspace', 'e2e/package.json', '{}'],
])('a change of %s installs anew', async (_, path, text) => {
  const { run, calls, write } = setup()
  await run()

  write(path, text)
  await run()

  expect(calls()).toEqual([install, install])
})

test('without a lock npm makes one', async () => {
  const { run, calls, root } = setup()
  rmSync(join(root, 'package-lock.json'))

  await run()

  expect(calls()).toEqual([install.replace('ci', 'install')])
})

test('a lock that npm refuses is completed without being changed', async () => {
  const { run, calls, root } = setup()
  const before = readFileSync(join(root, 'package-lock.json'), 'utf8')

  expect(await run({}, { FAKE_LOCK: 'refused' })).toEqual({ code: 0, err: '' })
  await run()

  expect(calls()).toEqual([install, install.replace('ci', 'install --no-save')])
  expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).toBe(before)
})

test('packages that someone installed by hand are taken as they are when they are those of the lock', async () => {
  const { run, calls, write } = setup()
  write('node_modules/node/bin/node', '')
  write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }))

  await run()
  write('package-lock.json', JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.1' } } }))
  await run()

  expect(calls()).toEqual([install])
})

test('a failed install shows where the error of npm begins and ends and what to do, and the next start tries again', async () => {
  const { run, calls } = setup()

  const failed = await run({}, { FAKE_FAIL: 'ENOTFOUND' })
  const second = await run()

  expect(failed.code).toBe(1)
  expect(failed.err).toContain('  npm error code ENOTFOUND\n')
  expect(failed.err).toContain('  npm error more 20\n')
  expect(failed.err).not.toContain('npm error more 13\n')
  expect(failed.err).toContain('The npm registry cannot be reached')
  expect(second.code).toBe(0)
  expect(calls()).toEqual([install, install])
})

test('settings of the outer npm do not reach the inner one, the registry does', async () => {
  const { run, log } = setup()

  await run({}, { npm_config_omit: 'dev', npm_lifecycle_event: 'start', npm_config_registry: 'http://localhost:1' })

  expect(readFileSync(log, 'utf8')).toContain('omit= script= mirror=http://localhost:1')
})

test('two starts at once install once', async () => {
  const { run, calls } = setup()

  const both = await Promise.all([run(), run()])

  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(calls()).toEqual([install])
})

test('after a kill the next start waits for the npm that lives on, then installs anew', async () => {
  const { folder, start, run, calls } = setup()
  const pidFile = join(folder, 'pid')
  const first = start({}, { FAKE_HANG: pidFile })
  const pid = await vi.waitFor(() => {
    const text = readFileSync(pidFile, 'utf8').trim()
    expect(text).not.toBe('')
    return Number(text)
  })
  first.kill('SIGKILL')
  await ended(first)

  const second = start({ quiet: false })
  const waiting = new Promise((resolve) => second.stderr.once('data', (text) => resolve(String(text))))
  expect(await waiting).toContain('waiting for another install')
  process.kill(pid, 'SIGKILL')

  expect((await ended(second)).code).toBe(0)
  expect(calls()).toEqual([install, install])
  expect(await run()).toEqual({ code: 0, err: '' })
  expect(calls()).toHaveLength(2)
})

test('the web app is built anew when its sources change, and only where it is asked for', async () => {
  const { run, calls, write } = setup()
  const build = 'run build -w apps/web --if-present'

  await run({ web: true })
  await run({ web: true })
  write('apps/web/src/main.ts', 'two')
  await run({ web: false })
  await run({ web: true })

  expect(calls()).toEqual([install, build, build])
})

const isRootOnDebian = process.getuid?.() === 0 && existsSync('/etc/debian_version')

test.runIf(isRootOnDebian)('bubblewrap that cannot be installed is one line, once a day, and not fatal', async () => {
  const { folder, root, start, write } = setup()
  const log = join(folder, 'apt.log')
  rmSync(join(folder, 'bin', 'bwrap'))
  write('../bin/apt-get', `#!/bin/sh\necho "$*" >> ${log}\nexit 100\n`, 0o755)
  const env = { PATH: join(folder, 'bin') }

  const first = await ended(start({ quiet: false }, env))
  const second = await ended(start({ quiet: false }, env))

  expect(first.code).toBe(0)
  expect(first.err).toMatch(/\nbubblewrap: installing … not possible here; .*\n$/)
  expect(second.err).toBe('')
  expect(readFileSync(log, 'utf8').split('\n').filter(Boolean)).toHaveLength(2)
  expect(existsSync(join(root, 'node_modules/node/bin/node'))).toBe(true)
})
