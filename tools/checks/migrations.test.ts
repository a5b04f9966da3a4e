import { expect, test } from 'vitest'
import { findFaults, fixture } from './fixture.ts'
import { migrationsCheck } from './migrations.ts'

test('gaps, edits, lost files and tables of workspaces without row level security are found', () => {
  expect(findFaults(migrationsCheck, 'bad')).toEqual([
    'packages/db/migrations/0003_script.sql  must be named 0002_noun_change.sql: numbers have no gaps and no doubles',
    'packages/db/migrations/0002_gone.sql  was sealed and is gone; restore it',
    'packages/db/migrations/0001_workspace.sql  was edited after it was sealed; restore it and add a new migration',
    'packages/db/migrations/0003_script.sql  is not sealed; run `npm run migrations:seal` when it is final',
    'packages/db/migrations/0003_script.sql  creates script for workspaces but does not force its row level security',
  ])
})

test('sealed migrations with secured tables and partitions pass', () => {
  expect(findFaults(migrationsCheck, 'good')).toEqual([])
})

test('a tree without migrations is refused rather than passed', () => {
  expect(() => migrationsCheck.find(fixture('words', 'good'))).toThrow('sees none')
})
