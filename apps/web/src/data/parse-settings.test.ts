import { Script, type NewScript } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { parseSettings } from './parse-settings.ts'
import { formOfScript, isSameForm, NO_SETTINGS, type SettingsForm } from './script-settings.ts'
import { asNewVersion } from './scripts.ts'

const SETTINGS = {
  tag: 'gpu-$args[size]',
  priority: 7,
  timeout: 60,
  cache_ttl: 300,
  delete_after_secs: 0,
  concurrent_limit: 2,
  concurrency_time_window_s: 10,
  concurrency_key: '$workspace/mail',
  debounce_delay_s: 5,
  debounce_key: 'k',
  debounce_args_to_accumulate: ['items', 'ids'],
  max_total_debouncing_time: 30,
  max_total_debounces_amount: 100,
  retry: {
    constant: { attempts: 3, seconds: 0 },
    exponential: { attempts: 2, multiplier: 1.5, seconds: 2, random_factor: 20 },
  },
  dedicated_worker: true,
  restart_unless_cancelled: true,
  network: 'none',
} satisfies Partial<NewScript>

const UNKNOWN_HERE = { envs: ['A=1'], labels: ['nightly'], ws_error_handler_muted: true, visible_to_runner_only: true }

function scriptWith(fields: object): Script {
  return Script.parse({
    workspace_id: 'admins',
    hash: '0123456789abcdef',
    path: 'f/x/y',
    summary: 's',
    description: 'd',
    content: 'c',
    created_by: 'ada',
    created_at: '2026-01-01T00:00:00Z',
    archived: false,
    deleted: false,
    is_template: false,
    extra_perms: {},
    language: 'bun',
    kind: 'script',
    starred: false,
    ...fields,
  })
}

function typed(fields: Partial<SettingsForm>) {
  return parseSettings({ ...NO_SETTINGS, ...fields })
}

test('what a script has is shown and sent again as it is', () => {
  const { settings, errors } = parseSettings(formOfScript(scriptWith(SETTINGS)))
  expect(errors).toEqual({})
  expect(settings).toEqual(SETTINGS)
})

test('a script without settings has none, and zeros that mean nothing are nothing', () => {
  expect(parseSettings(NO_SETTINGS)).toEqual({ settings: {}, errors: {} })
  const zeros = { priority: 0, timeout: 0, concurrent_limit: 0, retry: { constant: { attempts: 0, seconds: 9 } } }
  expect(isSameForm(formOfScript(scriptWith({ network: 'host' })), NO_SETTINGS)).toBe(true)
  expect(isSameForm(formOfScript(scriptWith(zeros)), NO_SETTINGS)).toBe(true)
})

test('a further version keeps every option that it is not told to change', () => {
  const script = scriptWith({ ...SETTINGS, ...UNKNOWN_HERE })
  expect(asNewVersion(script)).toMatchObject({ ...SETTINGS, ...UNKNOWN_HERE, parent_hash: script.hash })
  expect(asNewVersion(script, { timeout: 5 })).toEqual({
    path: 'f/x/y',
    summary: 's',
    description: 'd',
    content: 'c',
    language: 'bun',
    kind: 'script',
    is_template: false,
    parent_hash: script.hash,
    timeout: 5,
    ...UNKNOWN_HERE,
  })
})

test.each<[keyof SettingsForm, string, RegExp]>([
  ['tag', 'two words', /one word/],
  ['tag', 'gpu(ws1)', /parentheses/],
  ['priority', '101', /1 to 100/],
  ['timeout', '0', /from 1 on/],
  ['timeout', '1.5', /whole number/],
  ['timeout', 'soon', /whole number/],
  ['delete_after_secs', '-1', /from 0 on/],
  ['cache_ttl', '2147483648', /from 1 on/],
  ['debounce_args_to_accumulate', 'a b', /names of arguments/],
])('%s does not take %s', (name, value, sentence) => {
  const { settings, errors } = typed({ [name]: value })
  expect(errors[name]).toMatch(sentence)
  expect(settings).toEqual({})
})

test('a setting that does nothing alone says what it needs', () => {
  expect(typed({ concurrency_key: 'k', debounce_key: 'k', constant_seconds: '5' }).errors).toEqual({
    concurrency_key: expect.stringContaining('without a limit'),
    debounce_key: expect.stringContaining('without a delay'),
    constant_seconds: expect.stringContaining('without attempts'),
  })
  expect(typed({ exponential_attempts: '3' }).errors).toEqual({
    exponential_multiplier: expect.any(String),
    exponential_seconds: expect.any(String),
  })
})
