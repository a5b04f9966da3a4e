import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LONGEST } from './longest-first.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the files that take longest are there', () => {
  expect(LONGEST.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
