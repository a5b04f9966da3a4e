import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { missingToolchains } from './missing-toolchains.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const LANGUAGES = [
  {
    language: 'python3',
    label: 'Python',
    plain: 'def main():\n    return "old"',
    hopeless: '# requirements:\n# six==999.0\n\nimport six\ndef main():\n    return "never"',
    needy: 'from dateutil.relativedelta import relativedelta\ndef main():\n    return relativedelta(months=14).years',
    pin: /python-dateutil==/,
    result: 1,
    library: (value: string) => `${value === 'two' ? 'import six\n' : ''}def name():\n    return "${value}"`,
    importer: (path: string) => `from ${path.replaceAll('/', '.')} import name\ndef main():\n    return name()`,
    libraryPin: /six==/,
  },
  {
    language: 'bun',
    label: 'TypeScript',
    plain: 'export const main = () => "old"',
    hopeless: 'import n from "is-number@999.0.0"\nexport const main = () => n(1)',
    needy: 'import isNumber from "is-number@7"\nexport const main = () => isNumber(5)',
    pin: /is-number/,
    result: true,
    library: (value: string) =>
      `${value === 'two' ? 'import isNumber from "is-number@7"\nexport const n = isNumber\n' : ''}export const name = () => "${value}"`,
    importer: (path: string) => `import { name } from "/${path}"\nexport const main = () => name()`,
    libraryPin: /is-number/,
  },
] as const

/** What this machine says about its registries. */
const NAMES =
  /^(?:PIP_|UV_|NPM_CONFIG_|SSL_CERT_|REQUESTS_CA_BUNDLE$|NODE_EXTRA_CA_CERTS$|https?_proxy$|no_proxy$|all_proxy$)/i
const packages = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (NAMES.test(name) && value ? [[name, value] as const] : [])),
)

let millrace: Millrace
beforeAll(async () => {
  millrace = await startMillrace(packages)
})
afterAll(() => millrace.stop())

const missing = await missingToolchains()

describe.each(LANGUAGES)('$label', (each) => {
  beforeEach(({ skip }) => {
    const gap = missing.get(each.label)
    skip(gap !== undefined, `${each.label}: ${gap}`)
  })

  const { language } = each
  const deploy = async (path: string, content: string, more: { cache_ttl?: number } = {}) => {
    const body = { path, language, content, auto_parent: true, ...more }
    return (await millrace.client.scripts.createScript({ workspace: WORKSPACE, body })).trim()
  }
  /** Waits for a lock job as its log does, which ends with it. */
  const ended = async (id = '') => {
    for await (const event of millrace.client.jobs.getJobUpdatesSse({ workspace: WORKSPACE, id, query: {} }))
      if (event.type === 'update' && event.completed) break
  }
  const locked = async (hash: string) => {
    const { scripts } = millrace.client
    await ended((await scripts.getScriptDeploymentStatus({ workspace: WORKSPACE, hash })).job_id)
    return await scripts.getScriptDeploymentStatus({ workspace: WORKSPACE, hash })
  }
  const run = async (path: string): Promise<unknown> => {
    const reply = await fetch(`${millrace.url}/api/w/${WORKSPACE}/jobs/run_wait_result/p/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${millrace.secret}`, 'content-type': 'application/json' },
      body: '{}',
    })
    return await reply.json()
  }

  test('the old version serves while there is no lock of the new one, and the new one when there is', async () => {
    const path = `u/admin/l${randomUUID().slice(0, 8)}`
    await deploy(path, each.plain)
    const failed = await locked(await deploy(path, each.hopeless))
    expect(failed.lock).toBeUndefined()
    expect(failed.lock_error_logs).toMatch(/six|is-number/)
    expect(await run(path)).toBe('old')

    const ready = await locked(await deploy(path, each.needy))
    expect(ready.lock_error_logs).toBeUndefined()
    expect(ready.lock).toMatch(each.pin)
    expect(await run(path)).toBe(each.result)
    expect(await run(path)).toBe(each.result)
  })

  test('a script and a flow are locked anew when a script that they import needs a package, and a kept result is out of date', async () => {
    const path = `u/admin/m${randomUUID().slice(0, 8)}`
    const library = `${path}_lib`
    await deploy(library, each.library('one'))
    const hash = await deploy(path, each.importer(library), { cache_ttl: 600 })
    const flow = `${path}_flow`
    const inline = { type: 'rawscript' as const, language, content: each.importer(library), input_transforms: {} }
    const { flows } = millrace.client
    const body = { path: flow, summary: '', value: { modules: [{ id: 'a', value: inline }] } }
    await flows.createFlow({ workspace: WORKSPACE, body })
    expect(await run(path)).toBe('one')
    expect(await run(path)).toBe('one')
    expect((await locked(await deploy(library, each.library('two')))).lock_error_logs).toBeUndefined()
    expect((await locked(hash)).lock).toMatch(each.libraryPin)
    expect(await run(path)).toBe('two')
    await ended((await flows.getFlowDeploymentStatus({ workspace: WORKSPACE, path: flow })).job_id)
    const { value } = await flows.getFlowByPath({ workspace: WORKSPACE, path: flow })
    expect(value.modules[0]?.value).toMatchObject({ lock: expect.stringMatching(each.libraryPin) })
  })
})
