import { expect, test } from 'vitest'
import { withoutTypes } from './without-types.ts'

function codeOf(source: string): string {
  return withoutTypes({ name: 'a.ts', content: Buffer.from(source) })
    .content.toString()
    .trim()
}

test('types go, and modules of ours are imported by their published names', () => {
  expect(codeOf(`import type { A } from './a.ts'\nimport { b } from '../b/b.ts'`)).toBe(
    `import { b } from '../b/b.mjs'`,
  )
  expect(codeOf(`import { c } from 'package.ts'`)).toBe(`import { c } from 'package.ts'`)
  expect(codeOf(`const text: string = './a.ts'`)).toContain(`'./a.ts'`)
})

test('other files are left alone', () => {
  const file = { name: 'a.json', content: Buffer.from(`from './a.ts'`) }
  expect(withoutTypes(file)).toEqual(file)
  expect(withoutTypes({ name: 'a.ts', content: Buffer.from('') }).name).toBe('a.mjs')
})
