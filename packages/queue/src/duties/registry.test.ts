import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { duties } from './registry.ts'

test('every duty of the folder is in the registry, under the name of its file', () => {
  const notDuties = ['duty.ts', 'registry.ts']
  const files = readdirSync(new URL('.', import.meta.url)).filter(
    (name) => !notDuties.includes(name) && !name.endsWith('.test.ts'),
  )
  expect(duties.map((duty) => `${duty.id}.ts`).sort()).toEqual(files.sort())
})
