import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_BROWSER, openBrowser, openPage } from './open-browser.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

let millrace: Millrace
beforeAll(async () => {
  millrace = await startMillrace()
})
afterAll(() => millrace.stop())

async function deployAndRun(head: string): Promise<() => Promise<unknown>> {
  const { client } = millrace
  const path = `u/admin/s${randomUUID().slice(0, 8)}`
  const content = `${head}\necho run >>/volumes/kept/log\nwc -l </volumes/kept/log\n`
  await client.scripts.createScript({ workspace: WORKSPACE, body: { path, language: 'bash', content } })
  return async () => (await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body: {} })).body
}

test('a volume keeps what scripts of the workspace write, and a folder that is none is refused', async () => {
  const first = await deployAndRun('# volume: kept /volumes/kept')
  expect([await first(), await first()]).toEqual(['1', '2'])
  const second = await deployAndRun('#!/bin/bash\n# volume: kept /volumes/kept')
  expect(await second()).toBe('3')
  const wrong = deployAndRun('# volume: kept /etc/kept')
  await expect(wrong).rejects.toMatchObject({
    code: 'script.invalid',
    message: expect.stringContaining('has to be below /volumes, /data, /mnt'),
  })
})

test('volumes are listed with what they hold, and removed with their files', async () => {
  const { client } = millrace
  const run = await deployAndRun('# volume: gone /volumes/kept')
  expect(await run()).toBe('1')
  await expect
    .poll(() => client.volumes.listVolumes({ workspace: WORKSPACE }))
    .toContainEqual(expect.objectContaining({ name: 'gone', file_count: 1, created_by: 'superadmin', places: 1 }))
  await client.volumes.deleteVolume({ workspace: WORKSPACE, name: 'gone' })
  const names = (await client.volumes.listVolumes({ workspace: WORKSPACE })).map(({ name }) => name)
  expect(names).not.toContain('gone')
  expect(await run()).toBe('1')
})

test('the page of volumes shows what each holds and who had it last, and deletes one', async ({
  skip,
  onTestFinished,
}) => {
  const browser = await openBrowser()
  if (!browser) return skip(NO_BROWSER)
  onTestFinished(() => browser.close())
  const run = await deployAndRun('# volume: shown /volumes/kept')
  expect(await run()).toBe('1')
  const { page, complaints } = await openPage(browser)
  page.setDefaultTimeout(15_000)
  await page.goto(millrace.loginLink)
  await page.getByRole('link', { name: 'Volumes' }).click()
  const row = page.getByRole('row', { name: /^shown \S+ kB 1 / })
  const worker = row.getByRole('link').nth(1)
  expect(new URL((await worker.getAttribute('href')) ?? '', page.url()).searchParams.get('worker')).toBe(
    await worker.textContent(),
  )
  await row.getByRole('button', { name: 'Delete volume shown' }).click()
  const dialog = page.getByRole('alertdialog')
  await dialog.getByText(/^1 file of .* in all will be gone for good/).waitFor()
  await dialog.getByRole('button', { name: 'Delete volume shown' }).click()
  await row.waitFor({ state: 'detached' })
  expect(await run()).toBe('1')
  expect(complaints).toEqual([])
})
