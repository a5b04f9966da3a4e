import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { stopDatabase } from './stop-database.ts'

test('R5 what was acknowledged outlasts a database that is stopped at once', async () => {
  expect(await prove('R5', (seed) => stopDatabase({ restarts: 2, workers: 2 }, seed))).toEqual([])
}, 90_000)
