import { expect, test } from 'vitest'
import { envCheck } from './env.ts'
import { findFaults } from './fixture.ts'

test('the environment is found however it is reached', () => {
  const places = findFaults(envCheck, 'bad').map((line) => line.split('  ')[0])
  expect(places).toEqual([1, 4, 5, 6].map((line) => `packages/queue/src/environment.ts:${line}`))
})

test('the configuration may read it, and other things called env pass', () => {
  expect(findFaults(envCheck, 'good')).toEqual([])
})
