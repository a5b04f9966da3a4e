import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { matchExtension } from '../source-file.ts'
import { applyDefaultTs } from './default-ts.ts'

const language = (id: string, extension: string) => {
  return { id, kind: 'process' as const, label: id, extension, aliases: [], editor: id, icon: id, starter: '' }
}
const languages = [language('lang-a', '.ts'), language('lang-d', '.lang-d.ts'), language('lang-f', '.f.ts')]

/** What endings mean below a folder whose `wmill.yaml` is this. */
async function meaning(settings: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-default-ts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'f/tools'), { recursive: true })
  if (settings !== undefined) await writeFile(join(folder, 'wmill.yaml'), settings)
  const meant = await applyDefaultTs(languages, join(folder, 'f/tools'))
  return ['x.ts', 'x.lang-a.ts', 'x.lang-d.ts', 'x.f.ts'].map((name) => matchExtension(meant, name)?.language.id)
}

test.each([undefined, 'includes: [f/**]\n', 'defaultTs: lang-a\n', 'defaultTs: other\n'])(
  'with %j plain .ts files are what the server says',
  async (settings) => {
    expect(await meaning(settings)).toEqual(['lang-a', 'lang-a', 'lang-d', 'lang-f'])
  },
)

test('defaultTs of the checkout says what plain .ts files are', async () => {
  expect(await meaning('defaultTs: lang-d\n')).toEqual(['lang-d', 'lang-a', 'lang-d', 'lang-f'])
})

test('a wmill.yaml that cannot be parsed is named', async () => {
  await expect(meaning('defaultTs: [\n')).rejects.toThrow(/wmill\.yaml: /)
})
