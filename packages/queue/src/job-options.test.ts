import { expect, test } from 'vitest'
import { jobOptions } from './job-options.ts'

const subject = {
  workspace: 'ops',
  path: 'f/mail/send',
  args: { user: { id: 7 }, items: [1], note: '' },
  cacheTtlS: undefined,
}

test('a script without limits has no options', () => {
  expect(jobOptions({}, subject)).toBeUndefined()
  expect(jobOptions({ network: 'host' }, subject)).toBeUndefined()
})

test.each([
  [undefined, 'ops/script/f/mail/send'],
  ['mail-$args[user.id]', 'mail-7'],
  ['$workspace/$args[ user.id ] ', 'ops/7'],
  ['$args[items]', '[1]'],
  ['a-$args[absent]-$args[note]', 'a--'],
])('the concurrency key %s is %s', (template, key) => {
  expect(jobOptions({ concurrent_limit: 2, concurrency_key: template }, subject)?.concurrency).toEqual({
    key,
    limit: 2,
  })
})

test('a key that is too long for an index is kept as its digest', () => {
  const long = jobOptions({ concurrent_limit: 1, concurrency_key: 'x'.repeat(501) }, subject)
  expect(long?.concurrency?.key).toMatch(/^[0-9a-f]{64}$/)
})

test('without a key, calls are debounced that are equal but for what is gathered', () => {
  const key = (args: object) =>
    jobOptions({ debounce_delay_s: 5, debounce_args_to_accumulate: ['items'] }, { ...subject, args: { ...args } })
      ?.debounce?.key
  expect(key({ a: 1, b: 2, items: [1] })).toBe(key({ b: 2, a: 1, items: [2] }))
  expect(key({ a: 1 })).not.toBe(key({ a: 2 }))
})

test('each option of a script reaches its job', () => {
  const retry = { constant: { attempts: 2, seconds: 1 } }
  const options = {
    concurrent_limit: 3,
    concurrency_time_window_s: 60,
    debounce_delay_s: 5,
    debounce_key: 'k',
    debounce_args_to_accumulate: ['items'],
    max_total_debouncing_time: 30,
    max_total_debounces_amount: 9,
    retry,
    restart_unless_cancelled: true,
    cache_ttl: 10,
    delete_after_secs: 0,
    network: 'none' as const,
  }
  expect(jobOptions(options, { ...subject, cacheTtlS: 99 })).toEqual({
    concurrency: { key: 'ops/script/f/mail/send', limit: 3, windowS: 60 },
    debounce: { key: 'k', delayS: 5, accumulate: ['items'], totalS: 30, callsMax: 9 },
    retry,
    restart: true,
    cacheTtlS: 99,
    deleteAfterS: 0,
    network: 'none',
  })
})
