import { expect, test } from 'vitest'
import { findFaults, fixture } from './fixture.ts'
import { migrationLocksCheck } from './migration-locks.ts'

test('statements that hold an earlier table for long are found, and reasons for none', () => {
  const remedy = 'do it in steps that do not, or say `-- lock: job: <why it is short>`'
  expect(findFaults(migrationLocksCheck, 'bad')).toEqual(
    [
      [3, `builds an index while job takes no writes: ${remedy}`],
      [4, `builds an index while job takes no writes: ${remedy}`],
      [5, `adds a column with a default that is computed for each row while nobody may use job: ${remedy}`],
      [6, `adds a column that no row can have while nobody may use job: ${remedy}`],
      [7, `rewrites the table for a type while nobody may use job: ${remedy}`],
      [8, `reads all rows for a null while nobody may use job: ${remedy}`],
      [9, `checks a constraint of all rows while nobody may use job: ${remedy}`],
      [9, `builds an index while nobody may use job: ${remedy}`],
      [12, `adds a column with a constraint that all rows are read for while nobody may use job: ${remedy}`],
      [13, `writes rows of job and locks them until it commits: ${remedy}`],
      [14, `writes rows of job and locks them until it commits: ${remedy}`],
      [15, `takes job for itself: ${remedy}`],
      [1, 'gives a reason for a lock of script that no statement takes'],
      [16, 'says nothing of why the lock of script is short'],
    ].map(([line, message]) => `packages/db/migrations/0004_job_change.sql:${line}  ${message}`),
  )
})

test('short statements, tables of the same migration, bodies of functions and reasons pass', () => {
  expect(findFaults(migrationLocksCheck, 'good')).toEqual([])
})

test('a tree without migrations is refused rather than passed', () => {
  expect(() => migrationLocksCheck.find(fixture('words', 'good'))).toThrow('sees no migration')
})
