import { expect, test } from 'vitest'
import { classify, isIgnoredFolder } from './script-file.ts'

const language = (id: string, extension: string, aliases: string[] = []) => ({
  id,
  label: id,
  extension,
  aliases,
  kind: 'process' as const,
  editor: id,
  icon: id,
  starter: '',
})
const languages = [
  language('lang-a', '.ts', ['.js', 'plain']),
  language('lang-b', '.b.ts'),
  language('lang-y', '.p.yml'),
]

test.each([
  ['f/tools/hello.ts', 'lang-a', 'f/tools/hello'],
  ['f/tools/hello.b.ts', 'lang-b', 'f/tools/hello'],
  ['f/tools/hello.js', 'lang-a', 'f/tools/hello'],
  ['f/tools/hello.p.yml', 'lang-y', 'f/tools/hello'],
  ['u/ada/f/deep/x.ts', 'lang-a', 'f/deep/x'],
  ['u/ada/x.ts', 'lang-a', 'u/ada/x'],
  ['loose.ts', 'lang-a', undefined],
  ['f/loose.ts', 'lang-a', undefined],
])('%s is a script in %s at %s', (file, id, path) => {
  const found = classify(languages, '/some/where', `/some/where/${file}`)
  expect(found).toMatchObject({ kind: 'script', script: { language: { id }, label: file } })
  expect(found.kind === 'script' && found.script.path).toBe(path)
})

test('what belongs to a script lies beside it, whatever its ending', () => {
  const found = classify(languages, '/x', '/x/f/t/hello.b.ts')
  expect(found.kind === 'script' && [found.script.metadata, found.script.lock, found.script.args]).toEqual([
    '/x/f/t/hello.script.yaml',
    '/x/f/t/hello.script.lock',
    '/x/f/t/hello.args.json',
  ])
})

test.each([
  ['hello.args.json', 'args'],
  ['hello.script.yaml', 'ignored'],
  ['hello.script.lock', 'ignored'],
  ['folder.meta.yaml', 'ignored'],
  ['db.resource.yaml', 'ignored'],
  ['wmill.yaml', 'ignored'],
  ['README.md', 'ignored'],
  ['hello.ts~', 'ignored'],
  ['.hello.ts.swp', 'ignored'],
  ['hello.ts.swx', 'ignored'],
  ['.#hello.ts', 'ignored'],
  ['#hello.ts#', 'ignored'],
  ['hello.ts___jb_tmp___', 'ignored'],
  ['hello.ts.tmp', 'ignored'],
  ['4913', 'ignored'],
  ['.ts', 'ignored'],
  ['picture.png', 'unknown'],
  ['hello.cobol', 'unknown'],
])('%s is %s', (name, kind) => {
  expect(classify(languages, '/x', `/x/f/t/${name}`).kind).toBe(kind)
})

test.each([
  '.git',
  'node_modules',
  'millrace-debug-000000000001',
  'big.flow',
  'big__flow',
  'my.app',
  'my.raw_app',
  'hello__mod',
])('no script is looked for in %s', (name) => {
  expect(isIgnoredFolder(name)).toBe(true)
  expect(isIgnoredFolder('tools')).toBe(false)
})
