import { expect, test } from 'vitest'
import { interpolate, InterpolationError, type ItemSource } from './interpolate.ts'

function sourceOf(variables: Record<string, string>, resources: Record<string, unknown> = {}): ItemSource {
  const find = <T>(kind: string, items: Record<string, T>, path: string): T => {
    if (path in items) return items[path] as T
    throw new InterpolationError(`there is no ${kind} ${path} in this workspace`)
  }
  return {
    variable: async (path) => find('variable', variables, path),
    resource: async (path) => find('resource', resources, path),
  }
}

const source = sourceOf(
  { 'u/a/pw': 'hunter22', 'u/a/ref': '$var:u/a/pw' },
  {
    'f/x/db': { host: 'h', password: '$var:u/a/pw', replicas: ['$res:f/x/replica'] },
    'f/x/replica': { port: 5433 },
    'f/x/self': { again: '$res:f/x/self' },
    'f/x/one': ['$res:f/x/two'],
    'f/x/two': { back: '$res:f/x/one' },
    'f/x/broken': { password: '$var:u/a/gone' },
  },
)

test('references are resolved however deep they stand', async () => {
  expect(await interpolate(source, { a: [{ db: '$res:f/x/db' }], b: 1, c: null }, 'it')).toEqual({
    a: [{ db: { host: 'h', password: 'hunter22', replicas: [{ port: 5433 }] } }],
    b: 1,
    c: null,
  })
})

test('only a whole string is a reference, and the value of a variable is never one', async () => {
  const value = ['see $var:u/a/pw', '$var:', '$res', '$other:u/a/pw', '$var:u/a/ref']
  expect(await interpolate(source, value, 'it')).toEqual([...value.slice(0, 4), '$var:u/a/pw'])
})

test.each([
  ['$res:f/x/self', 'it → $res:f/x/self.again → $res:f/x/self: it leads back to itself'],
  ['$res:f/x/one', 'it → $res:f/x/one[0] → $res:f/x/two.back → $res:f/x/one: it leads back to itself'],
  ['$res:f/x/broken', 'it → $res:f/x/broken.password → $var:u/a/gone: there is no variable u/a/gone in this workspace'],
])('%s: the error says where and why', async (value, message) => {
  await expect(interpolate(source, value, 'it')).rejects.toThrow(new InterpolationError(message))
})

test('chains, counts and depths are bounded', async () => {
  const chain = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f/x/r${n}`, `$res:f/x/r${n + 1}`]))
  await expect(interpolate(sourceOf({}, chain), '$res:f/x/r0', 'it')).rejects.toThrow('more than 16 references lead')
  const doubling = Object.fromEntries(
    Array.from({ length: 15 }, (_, n) => [`f/x/d${n}`, [`$res:f/x/d${n + 1}`, `$res:f/x/d${n + 1}`]]),
  )
  const bomb = sourceOf({}, { ...doubling, 'f/x/d15': 1 })
  await expect(interpolate(bomb, '$res:f/x/d0', 'it')).rejects.toThrow('more than 1000 references')
  let deep: unknown = '$var:u/a/pw'
  for (let depth = 0; depth < 600; depth += 1) deep = [deep]
  await expect(interpolate(source, deep, 'it')).rejects.toThrow('nested more than 500 deep')
})

test('a key named __proto__ stays a key', async () => {
  const value: unknown = JSON.parse('{"__proto__": "$var:u/a/pw"}')
  expect(JSON.stringify(await interpolate(source, value, 'it'))).toBe('{"__proto__":"hunter22"}')
})
