import { expect, test } from 'vitest'
import { prove } from '../prove.ts'
import { keepOutcomes } from './keep-outcomes.ts'

test('R4 1,000 outcomes outlast every process, and the database refuses to change them', async () => {
  expect(await prove('R4', (seed) => keepOutcomes({ jobs: 1000, workers: 4 }, seed))).toEqual([])
}, 1_200_000)
