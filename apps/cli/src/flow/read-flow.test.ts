import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { flowPathOf, readFlow } from './read-flow.ts'

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-flow-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const folder = join(root, 'f', 'tools', 'report.flow')
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const yaml = (content: string) => `summary: Report
value:
  modules:
    - id: a
      value:
        type: rawscript
        language: bash
        content: ${content}
        lock: ''
        input_transforms: {}
`

test.each(["'!inline a.inline_script.sh'", '!inline a.inline_script.sh'])(
  'a folder with %s is one flow',
  async (content) => {
    const folder = await folderOf({ 'flow.yaml': yaml(content), 'a.inline_script.sh': 'echo hi\n' })
    const flow = await readFlow(folder)
    expect(flow).toMatchObject({
      summary: 'Report',
      value: { modules: [{ value: { content: 'echo hi\n', lock: '' } }] },
    })
    expect(await readFlow(join(folder, 'flow.yaml'))).toEqual(flow)
  },
)

test.each([
  ['another folder', '../../../x', 'leads out of the folder'],
  ['no file', 'gone.sh', 'there is no such file'],
])('an inline text of %s is refused', async (_name, file, message) => {
  const folder = await folderOf({ 'flow.yaml': yaml(`'!inline ${file}'`) })
  await expect(readFlow(folder)).rejects.toThrow(message)
})

test.each([
  ['value: [', 'cannot be read'],
  ['summary: x', 'is no flow: value'],
])('a file that reads %s is refused', async (text, message) => {
  await expect(readFlow(await folderOf({ 'flow.yaml': text }))).rejects.toThrow(message)
})

test('a folder without a flow, and a path without anything, are refused', async () => {
  await expect(readFlow(await folderOf({}))).rejects.toThrow('has no flow.yaml')
  await expect(readFlow('/no/such/flow')).rejects.toThrow('There is no file or folder')
})

test.each([
  ['/srv/checkout/f/tools/report.flow', 'f/tools/report'],
  ['/srv/checkout/f/tools/report__flow/flow.yaml', 'f/tools/report'],
  ['/srv/checkout/u/ann/deep/er.flow.yaml', 'u/ann/deep/er'],
  ['/srv/checkout/flow.yaml', undefined],
])('%s is %s', (path, expected) => {
  expect(flowPathOf(path)).toBe(expected)
})
