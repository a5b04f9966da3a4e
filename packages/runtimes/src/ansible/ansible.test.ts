import { describe, expect, test } from 'vitest'
import type { ArgType } from '../signature.ts'
import { dependencies } from './dependencies.ts'
import { filesOf, inventoriesOf, readPlaybook } from './playbook.ts'
import { parseSignature } from './signature.ts'

const text: ArgType = { str: null }
const anyObject: ArgType = { object: { name: null, props: [] } }
const PLAYS = '---\n- hosts: all\n  tasks: []\n'

function parse(source: string) {
  const parsed = parseSignature(source)
  if (!parsed.ok) throw new Error(parsed.error.message)
  return parsed.value
}

function headerOf(source: string) {
  const playbook = readPlaybook(`---\n${source}\n${PLAYS}`)
  if (!playbook.ok) throw new Error(playbook.error.message)
  return playbook.value.header
}

test.each<[string, ArgType, unknown]>([
  ['{type: string}', text, undefined],
  ['{type: str}', text, undefined],
  ['string', text, undefined],
  ['{type: string, default: x}', text, 'x'],
  ['{type: string, default: ""}', text, ''],
  ['{type: string, default: null}', text, null],
  ['{type: int}', 'int', undefined],
  ['{type: integer, default: 3}', 'int', 3],
  ['{type: number, default: 1.5}', 'float', 1.5],
  ['{type: float}', 'float', undefined],
  ['{type: bool, default: false}', 'bool', false],
  ['{type: boolean}', 'bool', undefined],
  ['{type: datetime}', 'datetime', undefined],
  ['{type: date}', 'date', undefined],
  ['{type: bytes}', 'bytes', undefined],
  ['{type: object, default: {a: 1}}', anyObject, { a: 1 }],
  ['{type: dict}', anyObject, undefined],
  ['{type: list}', { list: 'unknown' }, undefined],
  ['{type: array, items: {type: string}}', { list: text }, undefined],
  ['{type: list, items: {type: integer}, default: [1]}', { list: 'int' }, [1]],
  ['{type: string, enum: [a, b]}', { str: ['a', 'b'] }, undefined],
  ['{type: windmill_resource, resource_type: postgresql}', { resource: 'postgresql' }, undefined],
  ['{type: windmill_resource}', 'unknown', undefined],
  ['{type: constructor}', 'unknown', undefined],
  ['{type: [string]}', 'unknown', undefined],
  ['{}', 'unknown', undefined],
  ['', 'unknown', undefined],
])('x: %s', (described, typ, value) => {
  expect(parse(`---\nextra_vars:\n  x: ${described}\n${PLAYS}`).args).toEqual([
    { name: 'x', typ, hasDefault: value !== undefined, default: value ?? null, otyp: undefined },
  ])
})

describe('a playbook', () => {
  test.each<[string, readonly string[] | 'lib']>([
    [PLAYS, []],
    ['- hosts: all\n', []],
    ['', 'lib'],
    ['# nothing\n', 'lib'],
    ['---\nextra_vars:\n  a: string\n', 'lib'],
    [
      `---\ninventory:\n  - resource_type: ansible_inventory\nextra_vars:\n  a: string\n${PLAYS}`,
      ['inventory.ini', 'a'],
    ],
    [`---\nextra_vars:\n  a: string\ninventory:\n  - resource_type: x\n${PLAYS}`, ['a', 'inventory.ini']],
    [`---\ninventory:\n  - resource_type: x\n    name: hosts.yml\n  - {}\n${PLAYS}`, ['hosts.yml', 'inventory-2.ini']],
    [`---\ninventory:\n  - resource: u/me/hosts\n${PLAYS}`, []],
    [`---\nextra_vars: [a]\n${PLAYS}`, []],
  ])('%j', (source, names) => {
    expect(parse(source)).toMatchObject({ autoKind: names === 'lib' ? 'lib' : null })
    expect(parse(source).args.map((arg) => arg.name)).toEqual(names === 'lib' ? [] : names)
  })

  test('an inventory is a resource of its type', () => {
    expect(parse(`---\ninventory:\n  - resource_type: ansible_inventory\n${PLAYS}`).args).toMatchObject([
      { typ: { resource: 'ansible_inventory' }, hasDefault: false },
    ])
  })

  test.each<[string, number]>([
    ['---\n- hosts: all\n  tasks: [\n', 4],
    ['---\na: 1\n---\nb: 2\n', 3],
    ['---\nextra_vars:\n  a: 1\n  a: 2\n', 4],
  ])('%j is broken on line %i', (source, line) => {
    expect(parseSignature(source)).toMatchObject({
      ok: false,
      error: { line, message: expect.stringContaining(String(line)) },
    })
  })

  test('keeps the lines of its plays', () => {
    const playbook = readPlaybook(`---\nextra_vars:\n  a: string\n${PLAYS}`)
    expect(playbook.ok && playbook.value.plays.split('\n').indexOf('- hosts: all')).toBe(4)
  })

  test('names files of the workspace', () => {
    const header = headerOf(
      'files:\n  - {resource: u/a/t, target: ./t.j2}\n  - {variable: u/a/k, target: k, mode: "0600"}\n  - {target: x}',
    )
    expect(filesOf(header)).toEqual([
      { from: 'resource', path: 'u/a/t', target: './t.j2', mode: undefined },
      { from: 'variable', path: 'u/a/k', target: 'k', mode: '0600' },
    ])
    expect(inventoriesOf(headerOf('inventory:\n  - resource: u/a/hosts'))).toMatchObject([{ path: 'u/a/hosts' }])
  })
})

describe('dependencies', () => {
  const toolchain = { found: true, version: '2.14.0', paths: { python: '/p', modules: '/m' }, mounts: [] } as const
  const resolve = (header: string) =>
    dependencies.resolve({ content: `---\n${header}\n${PLAYS}`, path: undefined }, toolchain, { env: {} })

  test('are lists in the words of the tools', () => {
    const step = resolve(
      'dependencies:\n  galaxy:\n    collections:\n      - name: a.b\n        version: 1.0.0\n      - c.d\n  python: [jmespath]',
    )
    expect(JSON.parse(step?.files['wanted.json'] ?? '')).toEqual({
      collections: [{ name: 'a.b', version: '1.0.0' }, { name: 'c.d' }],
      roles: [],
      python: ['jmespath'],
    })
    expect(step).toMatchObject({ network: 'host', output: 'lock' })
  })

  test('none, and there is no lock', () => {
    for (const header of ['extra_vars: {}', 'dependencies: {galaxy: {collections: []}}', 'dependencies:'])
      expect(resolve(header)).toBeUndefined()
    expect(dependencies.install('', toolchain, { env: {} })).toBeUndefined()
  })
})
