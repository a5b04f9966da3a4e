import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployScript, errorOf, runPreview, startPreview, untilLogged } from './job-calls.ts'
import { projectRoot, runCommand } from './run-command.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

/** As published, unmodified, as is `windmill-client`, which is a package of these tests. */
const PYTHON_CLIENT = 'wmill==1.818.0'
const SAMPLES = join(projectRoot, 'e2e/samples/sdk')

const millrace = await startMillrace()
const folder = await mkdtemp(join(tmpdir(), 'millrace-sdk-'))
const { client } = millrace
afterAll(async () => {
  await millrace.stop()
  await rm(folder, { recursive: true })
})

let callee: { path: string; hash: string }
beforeAll(async () => {
  callee = await deployScript(millrace, 'bash', 'name="$1"\necho "called by $name"\n')
})

test('the TypeScript client works inside a job, and what it reads as a secret is not in the log', async () => {
  const bundle = join(folder, 'bundle.js')
  const bun = join(projectRoot, 'node_modules/.bin/bun')
  const built = await runCommand(bun, ['build', join(SAMPLES, 'client.ts'), '--target=bun', `--outfile=${bundle}`])
  expect([built.code, built.stderr]).toEqual([0, ''])
  const resource = { path: 'f/sdk/arg', value: { list: ['$var:f/sdk/argument'] }, resource_type: 'any' }
  const variable = { path: 'f/sdk/argument', value: 'battery staple', is_secret: true }
  await client.variables.createVariable({ workspace: WORKSPACE, body: variable })
  await client.resources.createResource({ workspace: WORKSPACE, body: resource })
  const args = { callee: callee.path, hash: callee.hash, database: '$res:f/sdk/arg' }

  // The bundler moves the export to the end, where no signature is looked for.
  const bundled = (await readFile(bundle, 'utf8')).replace(/export \{\s*main\s*\};?/, '')
  const content = bundled.replace('async function main(', 'export async function main(')
  const { job, log } = await runPreview(millrace, { language: 'bun', content, args })

  expect(job.result).toEqual({
    variable: 'second',
    resource: { host: 'i', password: 'correct horse' },
    missing: 'none',
    before: 'none',
    state: { runs: 1 },
    progress: 42,
    byPath: 'called by path',
    byHash: 'called by hash',
    byHashAsync: 'called by later',
    byPathAsync: 'called by async',
    root: job.id,
    email: millrace.adminEmail,
    database: { list: ['battery staple'] },
  })
  expect(await client.jobs.getJobArgs({ workspace: WORKSPACE, id: job.id })).toEqual(args)
  expect(log).toContain('the secret is ***, torn:\n***\n')
  expect(log).not.toMatch(/correct|horse/)
})

test('the Python client works with the environment of a running job', async ({ skip }) => {
  const venv = join(folder, 'venv')
  await runCommand('python3', ['-m', 'venv', venv])
  const installed = await runCommand(join(venv, 'bin/pip'), ['install', '--quiet', PYTHON_CLIENT])
  skip(installed.code !== 0, `the package registry does not give ${PYTHON_CLIENT}`)
  // Previews of one user share their state.
  const paths = ['u/superadmin/preview_state']
  await client.resources.deleteResourcesBulk({ workspace: WORKSPACE, body: { paths } })
  const content = 'env | grep -E "^(WM_|BASE_)"\necho ready\nsleep 600\n'
  const id = await startPreview(millrace, { language: 'bash', content })
  await untilLogged(millrace, id, 'ready')
  const lines = (await client.jobs.getJobLogs({ workspace: WORKSPACE, id })).split('\n')
  const env = Object.fromEntries(
    lines.flatMap((line) => [/^(\w+)=(.*)$/.exec(line)?.slice(1) ?? []]).filter((pair) => pair.length === 2),
  )

  const program = [join(SAMPLES, 'client.py'), callee.path, callee.hash]
  const ended = await runCommand(join(venv, 'bin/python'), program, { env })
  await client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id })

  expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining('Traceback')])
  const path = `f/sdk/p${callee.path.split('/').pop()}`
  expect(JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    variable: 'second',
    secret: 'correct horse',
    resource: { host: 'h', password: 'correct horse' },
    raw: { host: 'h', password: `$var:${path}_secret` },
    listed: [`${path}_db`],
    missing: null,
    before: null,
    state: { runs: 1 },
    progress: 42,
    byPath: 'called by path',
    byPathSync: 'called by sync',
    byHash: 'called by hash',
    result: 'called by async',
    again: 'called by async',
    status: 'COMPLETED',
    email: millrace.adminEmail,
    whoami: 'superadmin',
    root: id,
  })
})

test('an argument whose reference leads nowhere fails the job and says which', async () => {
  const args = { db: { password: '$var:f/sdk/gone' } }
  const { job } = await runPreview(millrace, { language: 'bash', content: 'db="$1"\n', args })
  expect(job.success).toBe(false)
  expect(errorOf(job)).toMatchObject({
    name: 'UnresolvedArgument',
    message: 'argument db.password → $var:f/sdk/gone: there is no variable f/sdk/gone in this workspace.',
  })
})
