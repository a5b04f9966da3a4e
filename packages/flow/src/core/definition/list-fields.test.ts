import { expect, test } from 'vitest'
import { z } from 'zod'
import { acted, refused } from './field-rules.ts'
import { fieldsOf, listFields } from './list-fields.ts'
import { openFlowFields } from './testing/open-flow-fields.ts'

const listed = listFields()

test('of every field it is said what becomes of it: acted on, kept, or refused', () => {
  const unsaid = listed.filter(({ rule }) => rule === undefined).map(({ object, path }) => `${object}: ${path}`)
  expect(unsaid).toEqual([])
})

test.each(Object.entries(openFlowFields))('every field that OpenFlow has for a %s is known', (object, names) => {
  const known = new Set(listed.filter((field) => field.object === object).map(({ path }) => path))
  expect(names.filter((name) => !known.has(name))).toEqual([])
})

test('a field that nobody said anything of is found, however deep it lies', () => {
  const inside = z.object({ told: acted('F1', z.string()), deep: z.array(z.object({ untold: z.string().nullish() })) })
  const fields = fieldsOf(
    'it',
    z.object({ a: acted('F1 F2', inside.nullish().transform(String)), b: refused('is bad') }),
  )
  expect(fields.map(({ path, rule }) => [path, rule?.kind])).toEqual([
    ['a', 'acted'],
    ['a.told', 'acted'],
    ['a.deep', undefined],
    ['a.deep.untold', undefined],
    ['b', 'refused'],
  ])
})
