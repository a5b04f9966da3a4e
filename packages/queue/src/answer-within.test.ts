import { expect, test } from 'vitest'
import { answerWithin } from './answer-within.ts'

const { signal } = new AbortController()

test('an answer in time is given, also a negative one', async () => {
  expect(await answerWithin(Promise.resolve(false), 1000, signal)).toBe(false)
})

test('what is never answered is undefined when the time is over or the signal aborts', async () => {
  const never = new Promise<boolean>(() => {})
  expect(await answerWithin(never, 5, signal)).toBeUndefined()
  expect(await answerWithin(never, 60_000, AbortSignal.abort())).toBeUndefined()
})

test('what fails fails', async () => {
  await expect(answerWithin(Promise.reject(new Error('away')), 1000, signal)).rejects.toThrow('away')
})
