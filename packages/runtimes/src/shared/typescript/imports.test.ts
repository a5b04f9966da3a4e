import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../../load-grammars.ts'
import { readAnnotations } from './annotations.ts'
import { readBunLock } from './bun-lock.ts'
import { readImports } from './imports.ts'
import { needsOf } from './npm-needs.ts'
import { jobFiles, workspaceImports } from './sources.ts'
import { readSpecifier } from './specifier.ts'

beforeAll(() => loadGrammars())

describe('what a source imports', () => {
  test.each<[string, readonly string[]]>([
    [`import a from 'x'`, ['x']],
    [`import 'x'`, ['x']],
    [`import * as a from "x"`, ['x']],
    [`import a, { b } from 'x'`, ['x']],
    [`import { type A, b } from 'x'`, ['x']],
    [`import { type A, type B } from 'x'`, []],
    [`import type A from 'x'`, []],
    [`import type { A } from 'x'`, []],
    [`import type * as A from 'x'`, []],
    [`import {} from 'x'`, ['x']],
    [`import data from 'x' with { type: 'json' }`, ['x']],
    [`export * from 'x'`, ['x']],
    [`export * as y from 'x'`, ['x']],
    [`export { a } from 'x'`, ['x']],
    [`export type { A } from 'x'`, []],
    [`export { type A } from 'x'`, []],
    [`export { a }`, []],
    [`export const a = 'x'`, []],
    [`import a = require('x')`, ['x']],
    [`const a = require('x')`, ['x']],
    [`const { a } = require("x").b`, ['x']],
    [`const a = await import('x')`, ['x']],
    ['const a = await import(`x`)', ['x']],
    ['const a = await import(`x${b}`)', []],
    [`const a = await import(name)`, []],
    [`other.require('x')`, []],
    [`// import 'x'`, []],
    [`const text = "import 'x'"`, []],
    [`function f() { if (1) return require('x') }`, ['x']],
    [`import 'x'\nimport 'y'`, ['x', 'y']],
    [`import 'x\\u002fy'`, ['x/y']],
    [`import ''`, []],
  ])('%s', (source, expected) => {
    expect(readImports(source).map(({ specifier }) => specifier)).toEqual(expected)
  })

  test('a place in the source is found behind other alphabets', () => {
    const source = `const é = '🦄'\nimport 'pkg@1'`
    const [site] = readImports(source)
    expect(source.slice(site?.start, site?.end)).toBe('pkg@1')
  })
})

describe('what a specifier names', () => {
  const npm = (name: string, version?: string, subpath = '') => ({
    kind: 'package',
    registry: 'npm',
    name,
    version,
    subpath,
  })

  test.each<[string, unknown]>([
    ['lodash', npm('lodash')],
    ['lodash/get', npm('lodash', undefined, '/get')],
    ['lodash@4', npm('lodash', '4')],
    ['lodash@4.17.21/fp/get.js', npm('lodash', '4.17.21', '/fp/get.js')],
    ['lodash@^4.0.0', npm('lodash', '^4.0.0')],
    ['lodash@latest', npm('lodash', 'latest')],
    ['@scope/x', npm('@scope/x')],
    ['@scope/x@1/sub', npm('@scope/x', '1', '/sub')],
    ['@scope/x/sub', npm('@scope/x', undefined, '/sub')],
    ['npm:x@1', npm('x', '1')],
    ['npm:/x@1', npm('x', '1')],
    ['npm:@scope/x@1.2/y', npm('@scope/x', '1.2', '/y')],
    ['jsr:@std/path@1', { ...npm('@std/path', '1'), registry: 'jsr' }],
    ['https://deno.land/x/windmill@v1.85.0/mod.ts', { kind: 'url' }],
    ['node:fs', { kind: 'builtin' }],
    ['fs', { kind: 'builtin' }],
    ['fs/promises', { kind: 'builtin' }],
    ['bun:sqlite', { kind: 'builtin' }],
    ['bun', { kind: 'builtin' }],
    ['/f/folder/x', { kind: 'workspace', path: 'f/folder/x' }],
    ['/f/folder/x.ts', { kind: 'workspace', path: 'f/folder/x' }],
    ['/u/me/k', { kind: 'workspace', path: 'u/me/k' }],
    ['./y', { kind: 'workspace', path: 'f/fold/y' }],
    ['./y.bun.ts', { kind: 'workspace', path: 'f/fold/y' }],
    ['./deep/y.js', { kind: 'workspace', path: 'f/fold/deep/y' }],
    ['../z.ts', { kind: 'workspace', path: 'f/z' }],
    ['../../u/me/k.ts', { kind: 'workspace', path: 'u/me/k' }],
    ['../../../../../etc/passwd', { kind: 'other' }],
    ['/etc/passwd', { kind: 'other' }],
    ['#private', { kind: 'other' }],
    ['', { kind: 'other' }],
  ])('%s', (text, expected) => {
    expect(readSpecifier(text, 'f/fold/script')).toEqual(expected)
  })

  test('a relative one leads nowhere from a script without a path', () => {
    expect(readSpecifier('./y', undefined)).toEqual({ kind: 'other' })
    expect(workspaceImports(`import './y'\nimport '/f/a/b'\nimport '/f/a/b.ts'`, undefined)).toEqual(['f/a/b'])
  })
})

describe('needs', () => {
  const needs = (content: string, rest = {}) => needsOf({ content, path: 'f/a/b', ...rest }).dependencies

  test.each<[string, Record<string, string>]>([
    [`import 'x'`, { x: 'latest' }],
    [`import 'x'\nimport 'x@2/y'`, { x: '2' }],
    [`import 'x@1'\nimport 'x@2'`, { x: '1', 'x--2': 'npm:x@2' }],
    [`import 'jsr:@std/path@1/posix'`, { '@jsr/std__path': '1' }],
    [`import 'node:fs'\nimport 'fs'\nimport './c'`, {}],
    [`import type { A } from 'x'`, {}],
  ])('%s', (source, expected) => {
    expect(needs(source)).toEqual(expected)
  })

  test('are the same whatever else the sources say', () => {
    const modules = { 'f/a/c': `import 'z@1'`, 'f/a/d': `import 'y'` }
    expect(JSON.stringify(needs(`import 'y'\nimport 'z'`, { modules }))).toBe('{"y":"latest","z":"1"}')
  })

  test('the dependency file without a name says versions, and adds nothing', () => {
    const manifests = { '': '{"dependencies": {"x": "1.2.3", "y": "1"}}' }
    expect(needs(`import 'x'`, { manifests })).toEqual({ x: '1.2.3' })
    expect(needs(`import 'x@2'`, { manifests })).toEqual({ x: '2' })
  })
})

test('what an engine is given keeps its lines, and a pin finds the package under its name', () => {
  const content = `import a from 'x@1/sub'\nimport b from "/f/q/r"\nimport c from './c.ts' // it's\nimport 'other'`
  const files = jobFiles(
    { content, path: 'f/a/b', modules: { 'f/a/c': `import '../q/r'\nimport './b'` } },
    (specifier) =>
      specifier.kind === 'package' && specifier.version ? `${specifier.name}--1${specifier.subpath}` : undefined,
  )
  expect(files).toEqual({
    'main.ts': `import a from 'x--1/sub'\nimport b from "./f/q/r.ts"\nimport c from './f/a/c.ts' // it's\nimport 'other'`,
    'f/a/c.ts': `import '../q/r.ts'\nimport '../../main.ts'`,
  })
})

test('annotations stand before the first line of code', () => {
  const source = '#!/usr/bin/env bun\n// a comment\n//nodejs\n\n// nobundling\n//package_json: a, b\nimport 1\n//late'
  expect(readAnnotations(source)).toEqual({ nodejs: true, nobundling: true, packageJson: ['a', 'b'] })
  expect(readAnnotations('let a\n//nodejs').nodejs).toBe(false)
})

test('a lock is a package.json, a mark and what it was pinned to', () => {
  expect(readBunLock('{"dependencies": {"x": "1"}}\n//bun.lock\n{\n  "lockfileVersion": 1,\n}\n')).toEqual({
    packageText: '{"dependencies": {"x": "1"}}',
    packageJson: { dependencies: { x: '1' } },
    lockText: '{\n  "lockfileVersion": 1,\n}\n',
  })
  expect(readBunLock('{}\n//bun.lockb\n#!/usr/bin/env bun\nbinary').lockText).toBeUndefined()
  expect(readBunLock('')).toEqual({ packageText: '', packageJson: { dependencies: {} }, lockText: undefined })
  expect(() => readBunLock('?')).toThrow(/no JSON/)
})
