import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

const NEEDY = { python3: 'import dateutil\ndef main(): ...', bun: 'import "is-number@7"\nexport function main() {}' }
const PLAIN = { python3: 'def main(): ...', bun: 'export function main() {}' }

async function setup() {
  const place = await fixture.makeWorkspace()
  const { workspace, root, token } = place
  const get = async (path: string) => (await fixture.call(`${root}${path}`, { token })).json()
  const post = async (path: string, body: object) => fixture.call(`${root}${path}`, { method: 'POST', token, body })
  const deploy = async (path: string, language: string, content: string, more: object = {}) =>
    (await post('/scripts/create', { path, language, content, auto_parent: true, ...more })).body
  /** Which version a run of the path gets. */
  const served = async (path: string) => {
    const id = (await post(`/jobs/run/p/${path}`, {})).body
    return (await get(`/jobs_u/get/${id}`)).script_hash
  }
  const lockJobs = async () =>
    (await get('/jobs/queue/list?job_kinds=dependencies')) as readonly Record<string, unknown>[]
  return { workspace, get, post, deploy, served, lockJobs }
}

describe.each(['python3', 'bun'] as const)('a script in %s', (language) => {
  test('that needs packages gets a lock job with its deployment, and the version before serves meanwhile', async () => {
    const { get, deploy, served, lockJobs } = await setup()
    const first = await deploy('f/a/x', language, PLAIN[language])
    expect(await get(`/scripts/deployment_status/h/${first}`)).toEqual({ lock: '' })
    expect(await lockJobs()).toEqual([])

    const second = await deploy('f/a/x', language, NEEDY[language])
    const [job, ...more] = await lockJobs()
    expect(more).toEqual([])
    expect(job).toMatchObject({ tag: 'dependency', script_path: 'f/a/x', script_hash: second, language })
    expect(await get(`/scripts/deployment_status/h/${second}`)).toEqual({ job_id: job?.['id'] })
    expect(await get('/scripts/get/p/f/a/x')).toMatchObject({
      hash: second,
      lock: null,
      lock_job: job?.['id'],
      is_locking: true,
    })
    expect(await get('/scripts/list')).toMatchObject([{ hash: second, is_locking: true }])
    expect(await served('f/a/x')).toBe(first)
  })

  test('serves at once where none served before, and where its lock was sent', async () => {
    const { get, deploy, served, lockJobs } = await setup()
    const first = await deploy('f/a/x', language, NEEDY[language])
    expect(await served('f/a/x')).toBe(first)
    expect(await lockJobs()).toHaveLength(1)
    const second = await deploy('f/a/x', language, NEEDY[language], { lock: 'mine' })
    expect(await served('f/a/x')).toBe(second)
    expect(await get('/scripts/get/p/f/a/x')).toMatchObject({ lock: 'mine' })
    expect(await lockJobs()).toHaveLength(1)
  })
})

test('equal content without a lock deploys nothing, whatever lock was made of it', async () => {
  const { post, deploy } = await setup()
  const hash = await deploy('f/a/x', 'python3', NEEDY.python3, { lock: 'six==1' })
  const body = { path: 'f/a/x', language: 'python3', content: NEEDY.python3, auto_parent: true }
  expect((await post('/scripts/create?skip_if_noop=true', body)).body).toBe(hash)
  expect((await post('/scripts/create?skip_if_noop=true', { ...body, lock: 'six==2' })).body).not.toBe(hash)
})

test('a lock job that was cancelled before it began is told by the status of the version', async () => {
  const { get, post, deploy, lockJobs } = await setup()
  const hash = await deploy('f/a/x', 'python3', NEEDY.python3)
  const [job] = await lockJobs()
  await post(`/jobs_u/queue/cancel/${String(job?.['id'])}`, {})
  const status = await get(`/scripts/deployment_status/h/${hash}`)
  expect(status).toMatchObject({
    job_id: job?.['id'],
    lock_error_logs: expect.stringContaining('deploy the script again'),
  })
})

test('a deployment that is refused leaves no lock job', async () => {
  const { post, deploy, lockJobs } = await setup()
  await deploy('f/a/x', 'python3', PLAIN.python3)
  const body = { path: 'f/a/x', language: 'python3', content: NEEDY.python3 }
  expect((await post('/scripts/create', body)).statusCode).toBe(409)
  expect(await lockJobs()).toEqual([])
})

test('a script that is taken away serves no version, not even one that served while the newest was locked', async () => {
  const { post, deploy } = await setup()
  await deploy('f/a/x', 'python3', PLAIN.python3)
  await deploy('f/a/x', 'python3', NEEDY.python3)
  await post('/scripts/archive/p/f/a/x', {})
  expect((await post('/jobs/run/p/f/a/x', {})).statusCode).toBe(404)
})

describe('importers', () => {
  const importing = (path: string) => `from ${path.replaceAll('/', '.')} import x\ndef main(): ...`
  const paths = (jobs: readonly Record<string, unknown>[]) => jobs.map((job) => String(job['script_path'])).sort()

  test('are known by what they import, and locked anew once when it changes, also in circles', async () => {
    const { get, post, deploy, lockJobs } = await setup()
    await deploy('f/a/top', 'python3', importing('f/a/mid'))
    await deploy('f/a/mid', 'python3', importing('f/a/low'))
    await deploy('f/a/low', 'python3', `${importing('f/a/top')}\nx = 1`)
    await deploy('f/a/other', 'python3', PLAIN.python3)
    expect(await get('/workspaces/get_dependents/f/a/low')).toEqual([
      { importer_path: 'f/a/mid', importer_kind: 'script' },
    ])
    const amounts = await post('/workspaces/get_dependents_amounts', ['f/a/low', 'f/a/other'])
    expect(amounts.json()).toEqual([
      { imported_path: 'f/a/low', count: 1 },
      { imported_path: 'f/a/other', count: 0 },
    ])
    expect(await get('/workspaces/get_dependency_map')).toContainEqual(
      expect.objectContaining({ importer_path: 'f/a/top', imported_path: 'f/a/mid' }),
    )
    const map = await get('/workspaces/get_dependency_map')
    expect((await post('/workspaces/rebuild_dependency_map', {})).statusCode).toBe(200)
    expect(await get('/workspaces/get_dependency_map')).toEqual(map)
    for (const n of [2, 3]) await deploy('f/a/low', 'python3', `${importing('f/a/top')}\nx = ${n}`)
    // By path one job each, although it changed twice.
    const jobs = (await lockJobs()).filter((job) => job['script_path'] !== 'f/a/low')
    expect(paths(jobs)).toEqual(['f/a/mid', 'f/a/top'])
    expect(await get('/scripts/get/p/f/a/mid')).toMatchObject({ lock: '' })
  })

  test('are found by packages that only an imported script needs', async () => {
    const { deploy, lockJobs } = await setup()
    await deploy('f/a/lib', 'python3', 'import dateutil\nx = 1', { lock: 'mine' })
    await deploy('f/a/main', 'python3', importing('f/a/lib'))
    expect(paths(await lockJobs())).toEqual(['f/a/main'])
  })

  test('may be inline scripts of flows, which are locked anew once when what they import has changed', async () => {
    const { get, post, deploy } = await setup()
    await deploy('f/a/low', 'python3', 'x = 1')
    await deploy('f/a/mid', 'python3', `${importing('f/a/low')}\nx = 1`)
    const inline = (content: string) => ({ type: 'rawscript', language: 'python3', content, input_transforms: {} })
    const modules = [importing('f/a/mid'), PLAIN.python3].map((content, at) => ({
      id: `m${at}`,
      value: inline(content),
    }))
    const flow = (path: string, of: object) => post('/flows/create', { path, summary: '', value: { modules: of } })
    expect((await flow('f/a/flow', modules)).statusCode).toBe(201)
    expect((await flow('f/a/other', modules.slice(1))).statusCode).toBe(201)
    expect(await get('/workspaces/get_dependents/f/a/mid')).toEqual([
      { importer_path: 'f/a/flow', importer_kind: 'flow' },
    ])
    const map = await get('/workspaces/get_dependency_map')
    expect((await post('/workspaces/rebuild_dependency_map', {})).statusCode).toBe(200)
    expect(await get('/workspaces/get_dependency_map')).toEqual(map)

    for (const n of [2, 3]) await deploy('f/a/low', 'python3', `x = ${n}`)
    const jobs = await get('/jobs/queue/list?job_kinds=flowdependencies')
    expect(jobs).toMatchObject([{ script_path: 'f/a/flow', tag: 'dependency' }])
    const { args } = await get(`/jobs_u/get/${jobs[0].id}`)
    expect(args).toMatchObject({ imported: expect.arrayContaining(['f/a/mid']) })
    // The locks that it has serve meanwhile.
    const served = await get('/flows/get/f/a/flow')
    expect([served.is_locking, served.value.modules[0].value.lock]).toEqual([undefined, ''])
    expect(await get('/flows/deployment_status/p/f/a/flow')).toMatchObject({ job_id: jobs[0].id })
  })

  test('of a dependency file are locked anew when it comes, changes and goes', async () => {
    const { get, post, deploy, lockJobs } = await setup()
    await deploy('f/a/x', 'python3', PLAIN.python3)
    await deploy('f/a/y', 'bun', PLAIN.bun)
    const made = await post('/workspace_dependencies/create', { language: 'python3', content: 'six' })
    expect([made.statusCode, made.body]).toEqual([201, expect.stringMatching(/^\d+$/)])
    const [job, ...more] = await lockJobs()
    expect([job, more]).toMatchObject([{ script_path: 'f/a/x', tag: 'dependency' }, []])
    expect(await get('/workspace_dependencies/get_latest/python3')).toMatchObject({
      content: 'six',
      language: 'python3',
    })
    await deploy('f/a/z', 'python3', `${PLAIN.python3}\n`)
    expect(paths(await lockJobs())).toEqual(['f/a/x', 'f/a/z'])
    expect((await post('/workspace_dependencies/archive/python3', {})).statusCode).toBe(200)
    expect((await post('/workspace_dependencies/archive/python3', {})).json()).toMatchObject({
      code: 'workspace_dependencies.not_found',
    })
    expect((await post('/workspace_dependencies/delete/python3', {})).statusCode).toBe(200)
    expect(await get('/workspace_dependencies/list')).toEqual([])
  })
})

test('raw code is locked by a job, with the dependency files that were sent', async () => {
  const { get, post } = await setup()
  const script = { raw_code: NEEDY.python3, language: 'python3', script_path: 'f/a/x' }
  const files = {
    'dependencies/requirements.in': 'a',
    'dependencies/ml.requirements.in': 'b',
    'dependencies/package.json': '{}',
  }
  const body = { raw_scripts: [script], entrypoint: 'f/a/x', raw_workspace_dependencies: files, temp_script_refs: null }
  const id = (await post('/jobs/run/dependencies_async', body)).body
  const job = await get(`/jobs_u/get/${id}`)
  expect(job).toMatchObject({ job_kind: 'dependencies', tag: 'dependency', args: { manifests: { '': 'a', ml: 'b' } } })
  const refs = await post('/jobs/run/dependencies_async', { ...body, temp_script_refs: { 'f/a/y': 'abc' } })
  expect([refs.statusCode, refs.json().code]).toEqual([400, 'request.invalid'])
})

test('dependency files are changed by administrators only', async () => {
  const { root, token } = await fixture.makeWorkspace({ isAdmin: false })
  const body = { language: 'python3', content: 'six' }
  const reply = await fixture.call(`${root}/workspace_dependencies/create`, { method: 'POST', token, body })
  expect([reply.statusCode, reply.json().code]).toEqual([403, 'auth.forbidden'])
})
