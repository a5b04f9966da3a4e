import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { stopDatabase } from './stop-database.ts'

test('R5 what was acknowledged outlasts a database that is stopped at once, 20 times', async () => {
  expect(await prove('R5', (seed) => stopDatabase({ restarts: 20, workers: 3 }, seed))).toEqual([])
}, 1_200_000)
