import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { listProcesses } from './list-processes.ts'
import { projectRoot, runCommand, runMillrace } from './run-command.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

/** As published, unmodified. */
const WINDMILL_CLI = 'windmill-cli@1.819.0'
/** What this machine says about its registries. */
const NAMES = /^(?:NPM_CONFIG_|SSL_CERT_|NODE_EXTRA_CA_CERTS$|https?_proxy$|no_proxy$|all_proxy$)/i
const packages = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (NAMES.test(name) && value ? [[name, value] as const] : [])),
)

const millrace = await startMillrace(packages)
const folder = await mkdtemp(join(tmpdir(), 'millrace-flows-'))
const { client } = millrace
const workspace = WORKSPACE
afterAll(async () => {
  await millrace.stop()
  await rm(folder, { recursive: true })
})

const run = (args: readonly string[]) =>
  runMillrace(args, {
    cwd: folder,
    env: {
      MILLRACE_URL: millrace.url,
      MILLRACE_TOKEN: millrace.secret,
      MILLRACE_WORKSPACE: workspace,
      XDG_CONFIG_HOME: folder,
    },
  })

const FLOW = `summary: Greets
value:
  modules:
    - id: a
      summary: Say it
      value:
        type: rawscript
        language: bash
        content: '!inline say.inline_script.sh'
        input_transforms:
          name: {type: javascript, expr: flow_input.name}
    - id: b
      value: {type: identity}
schema:
  type: object
  properties:
    name: {type: string}
  required: [name]
`

/** A folder that a checkout of the workspace would have. */
async function writeFlow(path: string): Promise<string> {
  const place = join(folder, `${path}.flow`)
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'flow.yaml'), FLOW)
  await writeFile(join(place, 'say.inline_script.sh'), 'name="$1"\necho "hello $name"\n')
  return place
}

test('the command line deploys a folder, runs it by flags, tries it out and shows it', async () => {
  const place = await writeFlow('f/cli/greet')
  const pushed = await run(['flow', 'push', place])
  expect([pushed.code, pushed.stdout]).toEqual([0, expect.stringContaining('f/cli/greet is created')])
  const ran = await run(['flow', 'run', 'f/cli/greet', '--name', 'World'])
  expect([ran.code, JSON.parse(ran.stdout)]).toEqual([0, 'hello World'])
  expect(ran.stderr).toContain('✓ a')
  const previewed = await run(['flow', 'preview', place, '--name', 'file'])
  expect(JSON.parse(previewed.stdout)).toBe('hello file')
  const tested = await run(['flow', 'test', place, '--name', 'x', '--mock', '{"a": "mocked"}'])
  expect(JSON.parse(tested.stdout)).toBe('mocked')
  const failed = await run(['flow', 'test', place, '--name', 'x', '--fail', '{"b": "no net"}'])
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('no net')])
  const alone = await run(['flow', 'test', place, '--step', 'a', '--name', 'alone'])
  expect(JSON.parse(alone.stdout)).toBe('hello alone')
  const [broken] = await client.jobs.listCompletedJobs({ workspace, query: { success: false, has_null_parent: true } })
  const fixed = await run(['flow', 'fix', broken?.id ?? '', '--step', 'b', '--result', '"pinned"'])
  expect([fixed.code, JSON.parse(fixed.stdout)]).toEqual([0, 'pinned'])
  const missing = await run(['flow', 'run', 'f/cli/greet'])
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('--name')])
  expect((await run(['flow', 'list'])).stdout).toContain('f/cli/greet')
  expect((await run(['flow', 'show', 'f/cli/greet'])).stdout).toContain('type: identity')
  const again = await run(['flow', 'push', place, '--message', 'again'])
  expect(again.stdout).toContain('has a new version')
})

test('a rehearsal kills the worker at the end of each step and finds the step that counts up a file', async () => {
  const counter = join(folder, 'counter')
  const content = `echo run >> ${counter}; wc -l < ${counter}`
  const modules = [
    { id: 'count', value: { type: 'rawscript', language: 'bash', content } },
    { id: 'end', value: { type: 'identity' } },
  ]
  const place = join(folder, 'counts.yaml')
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  // The embedded PostgreSQL runs as a user without rights.
  await chmod(folder, 0o755)
  // JSON is YAML.
  await writeFile(place, JSON.stringify({ value: { modules } }))
  const ended = await runMillrace(['flow', 'test', place, '--chaos', '--json'], {
    cwd: folder,
    env: { XDG_CONFIG_HOME: folder, SANDBOX_MODE: 'none', TMPDIR: temporary },
  })
  expect([ended.code, JSON.parse(ended.stdout)]).toEqual([
    1,
    [
      {
        step: 'count',
        ran: 2,
        result: 'different',
        flow: 'different',
        isIdempotent: false,
        reason: 'gave "2", then "3"',
      },
    ],
  ])
  // Once undisturbed, and twice where its worker died.
  expect(await readFile(counter, 'utf8')).toBe('run\n'.repeat(3))
  expect([await readdir(temporary), listProcesses(temporary)]).toEqual([[], []])
})

/** The published command line, called on a checkout; undefined where the registry does not give it. */
async function installWmill() {
  const tool = join(folder, 'wmill')
  await mkdir(tool)
  const installed = await runCommand('npm', ['install', '--no-audit', '--no-fund', '--prefix', tool, WINDMILL_CLI], {
    env: packages,
  })
  if (installed.code !== 0) return undefined
  return (args: readonly string[], place: { readonly workspace: string; readonly cwd: string }) => {
    const server = ['--base-url', millrace.url, '--token', millrace.secret, '--config-dir', tool]
    return runCommand(join(tool, 'node_modules/.bin/wmill'), [...args, ...server, '--workspace', place.workspace], {
      cwd: place.cwd,
      env: { HOME: tool, NO_COLOR: '1' },
    })
  }
}
const wmill = await installWmill()

test('a flow that fails is told to the handler that the command line chose, once', async () => {
  const handler = 'f/handlers/tell'
  const source = 'job_id="$1"\nis_flow="$2"\nerror="$3"\necho "$job_id $is_flow $error"\n'
  await client.scripts.createScript({ workspace, body: { path: handler, content: source, language: 'bash' } })
  const value = { modules: [{ id: 'a', value: { type: 'rawscript', language: 'bash', content: 'exit 3', lock: '' } }] }
  await client.flows.createFlow({ workspace, body: { path: 'f/handlers/fails', value } })
  const chosen = await run(['workspace', 'error-handler', `script/${handler}`])
  expect([chosen.code, chosen.stderr]).toEqual([0, `script/${handler} is told of failures in workspace ${workspace}\n`])
  const id = (await client.flowRuns.runFlowByPath({ workspace, path: 'f/handlers/fails', query: {}, body: {} })).trim()
  const told = () => client.jobs.listCompletedJobs({ workspace, query: { script_path_exact: handler } })
  await expect.poll(told, { timeout: 20_000 }).toHaveLength(1)
  expect((await run(['workspace', 'error-handler', '--none'])).code).toBe(0)
  const [job] = await told()
  const result = await client.jobs.getCompletedJobResult({ workspace, id: job?.id ?? '', query: {} })
  expect(result).toMatch(new RegExp(`^${id} true \\{.*"message":`))
})

test('the published command line pushes, shows and runs a flow', async ({ skip }) => {
  if (!wmill) return skip(`the package registry does not give ${WINDMILL_CLI}`)
  const here = { workspace, cwd: folder }
  const place = await writeFlow('f/wmill/greet')
  const pushed = await wmill(['flow', 'push', place, 'f/wmill/greet'], here)
  expect([pushed.code, pushed.stdout + pushed.stderr]).toEqual([0, expect.stringContaining('Flow pushed')])
  const deployed = await client.flows.getFlowByPath({ workspace, path: 'f/wmill/greet', query: {} })
  expect(deployed.value.modules[0]?.value).toMatchObject({
    content: await readFile(join(place, 'say.inline_script.sh'), 'utf8'),
  })
  const ran = await wmill(['flow', 'run', 'f/wmill/greet', '-d', '{"name":"wmill"}'], here)
  expect([ran.code, ran.stdout + ran.stderr]).toEqual([0, expect.stringContaining('hello wmill')])
})

test('the published command line keeps a checkout and a workspace equal, both ways', async ({ skip }) => {
  if (!wmill) return skip(`the package registry does not give ${WINDMILL_CLI}`)
  const synced = 'synced'
  await client.workspaces.createWorkspace({ body: { id: synced, name: synced } })
  const cwd = join(folder, 'checkout')
  await mkdir(join(cwd, 'f/a/greet.flow'), { recursive: true })
  const write = (name: string, text: string) => writeFile(join(cwd, name), text)
  const read = (name: string) => readFile(join(cwd, name), 'utf8')
  const sync = async (way: 'pull' | 'push') => {
    const { code, stdout, stderr } = await wmill(['sync', way, '--yes'], { workspace: synced, cwd })
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')])
    return stdout + stderr
  }
  await write('wmill.yaml', 'defaultTs: bun\nincludes: [f/**]\nskipVariables: false\nskipResources: false\n')
  await write('f/a/greet.flow/flow.yaml', FLOW)
  await write('f/a/greet.flow/say.inline_script.sh', 'name="$1"\necho "hello $name"\n')
  await write('f/a/hello.sh', 'echo "hello"\n')
  await write('f/a/hello.script.yaml', "summary: Says it\ndescription: ''\nlock: ''\nkind: script\ntag: bash\n")
  await write('f/a/word.variable.yaml', "description: ''\nis_secret: false\nvalue: first\n")
  await write('f/a/box.resource.yaml', "description: ''\nresource_type: box\nvalue:\n  host: here\n")
  await write('box.resource-type.yaml', 'description: boxes\nschema:\n  type: object\n  properties: {}\n')

  expect(await sync('push')).toContain('pushed to the remote workspace')
  const flow = () => client.flows.getFlowByPath({ workspace: synced, path: 'f/a/greet', query: {} })
  expect((await flow()).value.modules[0]).toMatchObject({
    summary: 'Say it',
    value: { content: 'name="$1"\necho "hello $name"\n', lock: '', language: 'bash' },
  })
  expect(await client.variables.getVariableValue({ workspace: synced, path: 'f/a/word', query: {} })).toBe('first')

  await sync('pull')
  expect(await sync('push')).toContain('0 changes to apply')
  expect(await read('f/a/hello.script.yaml')).toContain('summary: Says it')
  const inline = /!inline (\S+\.sh)'/.exec(await read('f/a/greet.flow/flow.yaml'))?.[1] ?? ''
  expect(await read(`f/a/greet.flow/${inline}`)).toBe('name="$1"\necho "hello $name"\n')

  await write(`f/a/greet.flow/${inline}`, 'name="$1"\necho "goodbye $name"\n')
  await write('f/a/word.variable.yaml', (await read('f/a/word.variable.yaml')).replace('first', 'second'))
  for (const gone of ['hello.sh', 'hello.script.yaml', 'box.resource.yaml']) await rm(join(cwd, 'f/a', gone))
  await sync('push')
  expect((await flow()).value.modules[0]).toMatchObject({ value: { content: expect.stringContaining('goodbye') } })
  expect(await client.variables.getVariableValue({ workspace: synced, path: 'f/a/word', query: {} })).toBe('second')
  expect(await client.scripts.existsScriptByPath({ workspace: synced, path: 'f/a/hello' })).toBe(false)
  expect(await client.resources.existsResource({ workspace: synced, path: 'f/a/box' })).toBe(false)
  expect(await sync('pull')).toContain('0 changes to apply')
  await rm(join(cwd, 'f/a/greet.flow'), { recursive: true })
  await sync('push')
  expect(await client.flows.existsFlowByPath({ workspace: synced, path: 'f/a/greet' })).toBe(false)
})

test('the published client works in the steps of a flow: states, addresses, calls of flows', async () => {
  const bundle = join(folder, 'bundle.js')
  const bun = join(projectRoot, 'node_modules/.bin/bun')
  const source = join(projectRoot, 'e2e/samples/sdk/flow-steps.ts')
  const built = await runCommand(bun, ['build', source, '--target=bun', `--outfile=${bundle}`])
  expect([built.code, built.stderr]).toEqual([0, ''])
  const bundled = (await readFile(bundle, 'utf8')).replace(/export \{\s*main\s*\};?/, '')
  const content = bundled.replace('async function main(', 'export async function main(')
  const callee = 'f/sdk/callee'
  const called = { type: 'rawscript', language: 'bash', content: 'name="$1"\necho "called by $name"\n' }
  const inputs = { name: { type: 'javascript', expr: 'flow_input.name' } }
  await client.flows.createFlow({
    workspace,
    body: { path: callee, value: { modules: [{ id: 'a', value: { ...called, input_transforms: inputs } }] } },
  })
  const step = (part: string) => ({
    type: 'rawscript',
    language: 'bun',
    content,
    lock: '',
    input_transforms: { part: { type: 'static', value: part }, callee: { type: 'static', value: callee } },
  })
  const value = {
    modules: [
      { id: 'a', value: step('ask'), suspend: { required_events: 1, timeout: 120 } },
      { id: 'b', value: step('go on') },
    ],
  }
  const id = (await client.flowRuns.runFlowPreview({ workspace, query: {}, body: { value } })).trim()
  for await (const event of client.jobs.getJobUpdatesSse({ workspace, id, query: {} })) {
    if (event.type !== 'update') continue
    expect(event.completed).not.toBe(true)
    if (event.flow_status?.modules[1]?.type === 'WaitingForEvents') break
  }
  const asked: unknown = await client.jobMetrics.resultById({ workspace, flow_job_id: id, node_id: 'a' })
  expect(asked).toMatchObject({ root: id, urls: { resume: expect.stringContaining('approver=bob') } })
  const { urls } = asked as { urls: { resume: string } }
  const reply = await fetch(urls.resume, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  expect(reply.status).toBe(201)
  for await (const event of client.jobs.getJobUpdatesSse({ workspace, id, query: {} }))
    if (event.type === 'update' && event.completed) break
  expect(await client.jobs.getCompletedJobResult({ workspace, id, query: {} })).toEqual({
    cursor: { at: 1 },
    other: 'none',
    called: 'called by sync',
    later: 'called by async',
  })
})

test('inline scripts are locked by a job, and the version before serves until they are', async () => {
  const path = 'f/locks/flow'
  const document = (content: string) => ({
    modules: [{ id: 'a', value: { type: 'rawscript', language: 'bun', content, input_transforms: {} } }],
  })
  const locked = async () => {
    const { job_id: id } = await client.flows.getFlowDeploymentStatus({ workspace, path })
    if (id !== undefined)
      for await (const event of client.jobs.getJobUpdatesSse({ workspace, id, query: {} }))
        if (event.type === 'update' && event.completed) break
    return await client.flows.getFlowDeploymentStatus({ workspace, path })
  }
  const result = async () => {
    const reply = await fetch(`${millrace.url}/api/w/${workspace}/jobs/run_wait_result/f/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${millrace.secret}`, 'content-type': 'application/json' },
      body: '{}',
    })
    return await reply.json()
  }
  await client.flows.createFlow({
    workspace,
    body: { path, value: document('export function main() { return "old" }') },
  })
  expect(await locked()).toEqual({})
  expect((await client.flows.getFlowByPath({ workspace, path, query: {} })).value.modules[0]?.value).toMatchObject({
    lock: '',
  })

  const hopeless = document('import n from "is-number@999.0.0"\nexport function main() { return n(1) }')
  await client.flows.updateFlow({ workspace, path, body: { value: hopeless } })
  expect((await locked()).lock_error_logs).toContain('module a')
  expect(await result()).toBe('old')

  const needy = document('import isNumber from "is-number@7"\nexport function main() { return isNumber(5) }')
  await client.flows.updateFlow({ workspace, path, body: { value: needy } })
  expect((await locked()).lock_error_logs).toBeUndefined()
  const { value } = await client.flows.getFlowByPath({ workspace, path, query: {} })
  expect(value.modules[0]?.value).toMatchObject({ lock: expect.stringContaining('is-number') })
  expect(await result()).toBe(true)
})
