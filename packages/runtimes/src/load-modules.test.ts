import { expect, test } from 'vitest'
import { loadModules, TooManyModules, type Module } from './load-modules.ts'

/** A workspace whose scripts are lists of the paths that they import. */
function workspace(scripts: Readonly<Record<string, string>>) {
  const loads: (readonly string[])[] = []
  const load = (paths: readonly string[]) => {
    loads.push(paths)
    const found = paths.flatMap((path): [string, Module][] => {
      const content = scripts[path]
      return content === undefined ? [] : [[path, { hash: `hash of ${path}`, content }]]
    })
    return Promise.resolve(new Map(found))
  }
  const importsOf = (content: string) => content.split(' ').filter(Boolean)
  return {
    loads,
    walk: (content: string, more: { path?: string; expected?: readonly string[] } = {}) =>
      loadModules({ content, path: more.path, expected: more.expected, importsOf, load }),
  }
}

test('all that a source reaches is found, with one look a level', async () => {
  const { walk, loads } = workspace({ 'f/a/b': 'f/a/d', 'f/a/c': 'f/a/d f/a/b', 'f/a/d': '', 'f/a/e': '' })
  const { found, missing } = await walk('f/a/b f/a/c')
  expect([...found.keys()]).toEqual(['f/a/b', 'f/a/c', 'f/a/d'])
  expect(missing).toEqual([])
  expect(loads).toEqual([['f/a/b', 'f/a/c'], ['f/a/d']])
})

test('what was reached before is loaded in one look, and forgotten when it is reached no more', async () => {
  const { walk, loads } = workspace({ 'f/a/b': 'f/a/d', 'f/a/c': '', 'f/a/d': '' })
  const { found } = await walk('f/a/b', { expected: ['f/a/b', 'f/a/c', 'f/a/d'] })
  expect([...found.keys()]).toEqual(['f/a/b', 'f/a/d'])
  expect(loads).toHaveLength(1)
})

test('circles end, also those through the source itself', async () => {
  const { walk } = workspace({ 'f/a/b': 'f/a/c', 'f/a/c': 'f/a/b f/a/me' })
  const { found, missing } = await walk('f/a/b', { path: 'f/a/me' })
  expect([...found.keys()]).toEqual(['f/a/b', 'f/a/c'])
  expect(missing).toEqual([])
})

test('an import that leads nowhere is told with who has it', async () => {
  const { walk } = workspace({ 'f/a/b': 'f/a/none' })
  const { missing } = await walk('f/a/b f/a/nowhere', { path: 'f/a/me' })
  expect(missing).toEqual([
    { path: 'f/a/nowhere', importedBy: 'f/a/me' },
    { path: 'f/a/none', importedBy: 'f/a/b' },
  ])
})

test('a source without imports asks nobody, whatever was expected', async () => {
  const { walk, loads } = workspace({})
  await walk('', { expected: ['f/a/b'] })
  expect(loads).toEqual([])
})

test('chains and heaps without end are refused', async () => {
  const chain = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f/a/s${at}`, `f/a/s${at + 1}`]))
  await expect(workspace(chain).walk('f/a/s0')).rejects.toThrow(TooManyModules)
  const heap = Array.from({ length: 1001 }, (_, at) => `f/a/s${at}`)
  const scripts = Object.fromEntries(heap.map((path) => [path, '']))
  await expect(workspace(scripts).walk(heap.join(' '))).rejects.toThrow('more than 1000 scripts')
  const long = { 'f/a/long': ' '.repeat(20_000_001) }
  await expect(workspace(long).walk('f/a/long')).rejects.toThrow('20 million characters')
})
