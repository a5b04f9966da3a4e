import { expect, test } from 'vitest'
import { parseCustomTag } from './custom-tag.ts'
import { resolveTag, type TagRules, type TagWish } from './resolve-tag.ts'

function resolve(
  wish: Partial<TagWish>,
  customTags: readonly string[] = [],
  defaultsOf: TagRules['defaultsOf'] = 'none',
) {
  return resolveTag(
    { workspace: 'ws1', tag: undefined, fallback: { language: 'bun' }, args: {}, ...wish },
    { customTags: customTags.map(parseCustomTag), defaultsOf },
  )
}
const restricted = expect.objectContaining({ code: 'tag.restricted' })
const unresolved = expect.objectContaining({ code: 'tag.unresolved' })

test('a job that names no tag gets its language, or its kind when it runs no code', () => {
  expect(resolve({})).toBe('bun')
  expect(resolve({ fallback: { kind: 'noop' } }, [], 'all')).toBe('noop')
})

test('per-workspace default tags carry the workspace, where they are on', () => {
  expect(resolve({}, [], 'all')).toBe('bun-ws1')
  expect(resolve({}, [], new Set(['ws1']))).toBe('bun-ws1')
  expect(resolve({}, [], new Set(['ws2']))).toBe('bun')
  expect(resolve({ tag: 'gpu' }, [], 'all')).toBe('gpu')
})

test('$workspace and $args are filled in, from nested arguments too', () => {
  const args = { size: 'xl', n: 3, on: false, deep: { er: 'x' } }
  expect(resolve({ tag: 'gpu-$workspace', args })).toBe('gpu-ws1')
  expect(resolve({ tag: '$args[size]-$args[n]-$args[on]-$args[deep.er]', args })).toBe('xl-3-false-x')
  expect(resolve({ tag: 'a-$args[size]', args: { size: '$&$workspace' } })).toBe('a-$&$workspace')
})

test('an argument that cannot stand in a tag is refused', () => {
  for (const args of [
    {},
    { size: '' },
    { size: null },
    { size: { a: 1 } },
    { size: 'a b' },
    { size: 'a,b' },
    { size: 'x'.repeat(300) },
  ])
    expect(() => resolve({ tag: 'gpu-$args[size]', args })).toThrow(unresolved)
  expect(() => resolve({ tag: '$args[constructor]' })).toThrow(unresolved)
})

test('a tag of some workspaces is refused to the others', () => {
  const tags = ['gpu(ws1+ws3)', 'big(^ws1)']
  expect(resolve({ tag: 'gpu' }, tags)).toBe('gpu')
  expect(() => resolve({ tag: 'gpu', workspace: 'ws2' }, tags)).toThrow(restricted)
  expect(() => resolve({ tag: 'big' }, tags)).toThrow(restricted)
  expect(resolve({ tag: 'big', workspace: 'ws2' }, tags)).toBe('big')
  expect(resolve({ tag: 'gpu', workspace: 'ws2' }, [...tags, 'gpu'])).toBe('gpu')
})

test('a restriction holds for what a pattern becomes, not for how it is written', () => {
  const tags = ['gpu-$workspace(ws1)', 'cpu-$args[size](ws1)']
  expect(resolve({ tag: 'gpu-$workspace' }, tags)).toBe('gpu-ws1')
  expect(() => resolve({ tag: 'gpu-ws1', workspace: 'ws2' }, tags)).toThrow(restricted)
  expect(resolve({ tag: 'gpu-$workspace', workspace: 'ws2' }, tags)).toBe('gpu-ws2')
  expect(() => resolve({ tag: 'cpu-xl', workspace: 'ws2' }, tags)).toThrow(restricted)
  expect(resolve({ tag: 'gpu.ws1', workspace: 'ws2' }, ['gpu-ws1(ws1)', 'gpuXws1(ws1)'])).toBe('gpu.ws1')
})

test('a default tag can be kept for workspaces too', () => {
  expect(() => resolve({ workspace: 'ws2' }, ['bun(ws1)'])).toThrow(restricted)
})

test('the tag of a dedicated script is its workspace’s own', () => {
  expect(resolve({ tag: 'ws1:f/a/b' })).toBe('ws1:f/a/b')
  expect(() => resolve({ tag: 'ws2:f/a/b' })).toThrow(restricted)
  expect(resolve({ tag: 'any:word' })).toBe('any:word')
})
