import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contracts } from '@millrace/contracts'
import { afterAll, expect, test } from 'vitest'
import { projectRoot, runCommand, type Ended } from './run-command.ts'
import { startMillrace } from './start-millrace.ts'

/** Kept from run to run; pip fills it once. */
const VENV = join(tmpdir(), 'millrace-schemathesis')
const SCHEMATHESIS = join(VENV, 'bin', 'schemathesis')
const EXAMPLES_MAX = 8
const FUZZ_MS_MAX = 240_000

const millrace = await startMillrace({ WAIT_RESULT_TIMEOUT_S: '2' })
afterAll(() => millrace.stop())

test('the document has every route of the contract', async () => {
  const document = Object(await millrace.client.instance.openapi())
  expect(document.openapi).toMatch(/^3\.1/)
  const served = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const routes = Object.values(contracts).flatMap((resource) => Object.values(resource))
  expect(served.filter((each) => each.endsWith('/jobs/list'))).toHaveLength(1)
  expect(served.length).toBe(routes.length)
})

test.for([
  ['with the rights of a superadmin', ['-H', `authorization: Bearer ${millrace.secret}`]],
  ['without a token', []],
] as const)(
  'requests that nobody thought of give no server error and no undocumented status, %s',
  { timeout: FUZZ_MS_MAX },
  async ([, headers], { skip }) => {
    const gap = await installSchemathesis()
    skip(gap !== undefined, gap)
    const { code, stdout } = await fuzz(headers)
    expect({ code, report: code === 0 ? '' : stdout.slice(-8000) }).toEqual({ code: 0, report: '' })
  },
)

/** Puts schemathesis in place; gives the reason when it cannot be. */
async function installSchemathesis(): Promise<string | undefined> {
  if (existsSync(SCHEMATHESIS)) return undefined
  const made = await attempt('python3', ['-m', 'venv', VENV])
  if (made.code !== 0) return `python3 cannot make a virtual environment here: ${made.stderr.trim()}`
  const installed = await attempt(join(VENV, 'bin', 'pip'), ['install', '--quiet', 'schemathesis'])
  return installed.code === 0 ? undefined : `pip cannot install schemathesis: ${installed.stderr.trim().slice(-300)}`
}

async function attempt(program: string, args: readonly string[]): Promise<Ended> {
  try {
    return await runCommand(program, args)
  } catch (error) {
    return { code: null, stdout: '', stderr: String(error) }
  }
}

/** With the exceptions that stand beside the API; what it cannot know is which waits of ours end by the time limit. */
function fuzz(headers: readonly string[]): Promise<Ended> {
  const config = join(projectRoot, 'packages/api/schemathesis.toml')
  const limits = ['--max-examples', String(EXAMPLES_MAX), '--seed', '1', '--phases', 'examples,fuzzing']
  // Every run asks the same, whatever earlier ones found.
  const memory = ['--generation-database', 'none']
  const checks = ['--checks', 'not_a_server_error,status_code_conformance']
  const address = `${millrace.url}/api/openapi.json`
  const args = ['--config-file', config, '--no-color', 'run', address, ...checks, ...limits, ...memory, ...headers]
  // It keeps notes in the folder where it runs.
  return runCommand(SCHEMATHESIS, [...args, '--exclude-operation-id', 'getJobUpdatesSse'], { cwd: VENV })
}
