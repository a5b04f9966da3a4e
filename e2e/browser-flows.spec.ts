import { followJob } from '@millrace/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage, writeCode, type WatchedPage } from './open-browser.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const RUN_MS_MAX = 30_000

let millrace: Millrace
let browser: Browser | undefined
let watched: WatchedPage
beforeAll(async () => {
  browser = await openBrowser()
  if (!browser) return
  millrace = await startMillrace()
  watched = await openPage(browser)
  watched.page.setDefaultTimeout(15_000)
  await watched.page.goto(millrace.loginLink)
  await watched.page.getByRole('button', { name: 'User menu' }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  if (browser) await millrace.stop()
})
beforeEach(({ skip }) => skip(browser === undefined, NO_BROWSER))

async function open(path: string): Promise<Page> {
  await watched.page.goto(`${millrace.url}/w/${WORKSPACE}/${path}`)
  return watched.page
}

const bash = (content: string, expr?: string) => ({
  type: 'rawscript',
  language: 'bash',
  content,
  input_transforms: expr === undefined ? {} : { input: { type: 'javascript', expr } },
})

interface Module {
  readonly [option: string]: unknown
  readonly id: string
  readonly value: { readonly [option: string]: unknown; readonly type: string }
}

/** Deploys a flow and runs it; the path of its page. */
async function run(path: string, modules: readonly Module[]): Promise<string> {
  await millrace.client.flows.createFlow({ workspace: WORKSPACE, body: { path, value: { modules: [...modules] } } })
  const id = await millrace.client.flowRuns.runFlowByPath({ workspace: WORKSPACE, path, body: {} })
  return `runs/${id}`
}

const LOOP = `summary: Greets each
value:
  modules:
    - id: a
      value:
        type: rawscript
        language: bash
        content: echo begun
        input_transforms: {}
    - id: b
      summary: Each name
      value:
        type: forloopflow
        skip_failures: false
        iterator: {type: javascript, expr: flow_input.names}
        modules:
          - id: c
            summary: Greet
            value:
              type: rawscript
              language: bash
              content: |
                name="$1"
                echo "hello $name"
              input_transforms:
                name: {type: javascript, expr: flow_input.iter.value}
    - id: d
      value: {type: identity}
schema:
  type: object
  properties:
    names: {type: array, items: {type: string}, default: [ada, bob]}
`

test('a flow with a loop is written, deployed and run, and its steps turn green while it is watched', async () => {
  const page = await open('flows')
  await page.getByText('There are no flows yet').waitFor()
  await page.getByRole('link', { name: 'New flow' }).click()
  await page.getByRole('button', { name: /Step a: Greet/ }).waitFor()
  expect(await page.locator('nav [aria-current=page]').allTextContents()).toEqual([' Flows'])
  await page.getByRole('textbox', { name: 'Path' }).fill('u/admin/greet_each')

  await writeCode(page, LOOP.replace('identity', 'teleport'), 'Document of the flow')
  await page.getByRole('button', { name: /Line \d+: .*teleport/ }).waitFor()
  await writeCode(page, LOOP, 'Document of the flow')
  await page.getByText('It can be deployed').waitFor()
  await page.getByRole('textbox', { name: 'Message' }).fill('first version')
  await page.getByRole('button', { name: 'Deploy flow' }).click()

  await page.getByRole('heading', { name: 'Greets each' }).waitFor()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  for (const step of ['a', 'b', 'c', 'd'])
    await page.getByRole('button', { name: new RegExp(`Step ${step}: .*done`) }).waitFor({ timeout: RUN_MS_MAX })
  await page
    .getByRole('button', { name: /Step b: / })
    .getByText('2/2')
    .waitFor()

  await page.getByRole('button', { name: /Step b: / }).click()
  await page.getByRole('button', { name: 'Iteration 1, done' }).click()
  await page.getByRole('log', { name: 'Log' }).getByText('hello ada').waitFor()
  await page.getByRole('tab', { name: 'Timeline' }).click()
  await page.getByRole('region', { name: 'Timeline' }).getByText('b · 2').waitFor()
  expect(watched.complaints.filter((each) => !each.includes('401'))).toEqual([])
})

test('a step that fails is red, and the page opens on its error and its log', async () => {
  const path = await run('u/admin/breaks', [
    { id: 'a', value: bash('echo fine') },
    { id: 'b', value: bash('echo about to break\nexit 3') },
    { id: 'c', value: { type: 'identity' } },
  ])
  const page = await open(path)
  const step = page.getByRole('region', { name: 'Step b' })
  await step.getByText('exit code 3').waitFor({ timeout: RUN_MS_MAX })
  await step.getByRole('log', { name: 'Log' }).getByText('about to break').waitFor()
  await page.getByRole('button', { name: /Step b: .*failed/ }).waitFor()
  await page.getByRole('button', { name: /Step c: .*not started/ }).waitFor()

  const before = page.url()
  await step.getByRole('button', { name: 'Restart from here' }).click()
  await expect.poll(() => page.url()).not.toBe(before)
  await page.getByRole('button', { name: /Step a: .*done/ }).waitFor()
  await step.getByText('exit code 3').waitFor({ timeout: RUN_MS_MAX })
})

test('a run that failed is fixed in the page and goes on, and the page says what was changed', async () => {
  const path = await run('u/admin/broken', [
    { id: 'a', value: bash('echo one') },
    { id: 'b', value: bash('exit 3') },
    { id: 'c', value: bash('input="$1"\necho "got $input"', 'results.b') },
  ])
  const page = await open(path)
  const fix = page.getByRole('region', { name: 'Fix and continue' })
  await fix.getByRole('button', { name: 'Fix and continue' }).click({ timeout: RUN_MS_MAX })
  await fix.getByRole('textbox', { name: 'Code of b' }).waitFor()
  await writeCode(page, 'echo mended', 'Code of b')
  await fix.getByLabel('Reason').fill('it ended by itself')
  const before = page.url()
  await fix.getByRole('button', { name: 'Continue this run' }).click()
  await page.waitForURL((url) => url.href !== before, { timeout: RUN_MS_MAX })
  await page.getByRole('button', { name: /Step c: .*done/ }).waitFor({ timeout: RUN_MS_MAX })
  await expect.poll(() => page.getByRole('region', { name: 'Result' }).textContent()).toContain('got mended')
  await fix.getByText('Code of b').waitFor()
  expect(await fix.textContent()).toContain('changed by admin')
  await fix.getByRole('link', { name: 'This run continues another one' }).click()
  await fix.getByRole('link', { name: 'Another run continues this one' }).waitFor()
})

test('an approval is given in the page with what its form asks for, and the flow ends', async () => {
  const form = { schema: { type: 'object', properties: { note: { type: 'string' } }, order: ['note'] } }
  const asking = {
    id: 'a',
    value: bash('echo ready'),
    suspend: { required_events: 1, timeout: 600, resume_form: form },
  }
  const path = await run('u/admin/asks', [
    asking,
    { id: 'b', value: bash('input="$1"\necho "said $input"', 'resume.note') },
  ])
  const page = await open(path)
  const approval = page.getByRole('region', { name: 'Approval' })
  await approval.getByLabel('note', { exact: true }).fill('go', { timeout: RUN_MS_MAX })
  await page.getByRole('button', { name: /Step b: .*suspended/ }).waitFor()
  await approval.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('button', { name: /Step b: .*done/ }).waitFor({ timeout: RUN_MS_MAX })
  await expect.poll(() => page.getByRole('region', { name: 'Result' }).textContent()).toContain('said go')
})

test('whoever holds an address for approval answers without an account, once', async () => {
  const form = { schema: { type: 'object', properties: { note: { type: 'string' } }, order: ['note'] } }
  const suspend = { required_events: 1, timeout: 600, resume_form: form }
  const path = await run('u/admin/asks_outside', [
    { id: 'a', summary: 'Release it?', value: bash('echo ready'), suspend },
    { id: 'b', value: bash('input="$1"\necho "said $input"', 'resume.note + " by " + approvers[0]') },
  ])
  const id = path.slice('runs/'.length)
  const { client } = millrace
  const query = { approver: 'ada@example.com' }
  const { approvalPage } = await client.approvals.getResumeUrls({ workspace: WORKSPACE, id, resume_id: 7, query })
  const isAsked = () =>
    client.approvals.getApprovalInfo({ workspace: WORKSPACE, job_id: id }).then(
      () => true,
      () => false,
    )
  await expect.poll(isAsked, { timeout: RUN_MS_MAX }).toBe(true)

  if (!browser) return
  const { page, complaints } = await openPage(browser)
  page.setDefaultTimeout(15_000)
  await page.goto(approvalPage)
  const approval = page.getByRole('region', { name: 'Approval' })
  await approval.getByRole('heading', { name: 'Release it?' }).waitFor()
  await approval.getByLabel('note', { exact: true }).fill('go')
  await approval.getByRole('button', { name: 'Approve' }).click()
  await approval.getByText('Your approval is recorded.').waitFor()
  const job = await followJob(client, WORKSPACE, id)
  expect(job.result).toBe('said go by ada@example.com')

  await page.reload()
  await approval.getByText('does not wait for an answer any more').waitFor()
  await page.goto(approvalPage.replace(/[^/]+\?/, 'forged?'))
  await approval.getByText('ask for a new address').waitFor()
  expect(complaints.filter((each) => !/40[0-9]/.test(each))).toEqual([])
  await page.context().close()
})
