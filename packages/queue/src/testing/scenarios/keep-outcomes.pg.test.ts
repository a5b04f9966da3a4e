import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { keepOutcomes } from './keep-outcomes.ts'

test('R4 outcomes outlast every process, and the database refuses to change them', async () => {
  expect(await prove('R4', (seed) => keepOutcomes({ jobs: 50, workers: 2 }, seed))).toEqual([])
}, 90_000)
