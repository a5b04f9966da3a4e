import type { NewScript, Retry } from '@millrace/contracts'
import type { SettingName, SettingsForm, TextSetting } from './script-settings.ts'

/** Names of the settings as the API calls them. */
export const settingKeys = [
  'tag',
  'priority',
  'timeout',
  'cache_ttl',
  'delete_after_secs',
  'concurrent_limit',
  'concurrency_time_window_s',
  'concurrency_key',
  'debounce_delay_s',
  'debounce_key',
  'debounce_args_to_accumulate',
  'max_total_debouncing_time',
  'max_total_debounces_amount',
  'retry',
  'dedicated_worker',
  'restart_unless_cancelled',
  'network',
] as const

/** The part of a script that its settings are. */
export type ScriptSettings = Pick<NewScript, (typeof settingKeys)[number]>

export type SettingErrors = Readonly<Partial<Record<SettingName, string>>>

interface Parsed {
  /** What is set; that which is wrong is left out. */
  readonly settings: ScriptSettings
  /** By field, a sentence that says what to do. */
  readonly errors: SettingErrors
}

const SECONDS_MAX = 2_147_483_647

interface NumberRule {
  readonly min: number
  readonly max: number
  readonly isWhole: boolean
}

const COUNT: NumberRule = { min: 1, max: SECONDS_MAX, isWhole: true }
const ATTEMPTS: NumberRule = { min: 1, max: 10_000, isWhole: true }
const FACTOR: NumberRule = { min: 0, max: 1_000_000, isWhole: false }

const NUMBERS = {
  priority: { min: 1, max: 100, isWhole: true },
  timeout: COUNT,
  cache_ttl: COUNT,
  delete_after_secs: { ...COUNT, min: 0 },
  concurrent_limit: COUNT,
  concurrency_time_window_s: COUNT,
  debounce_delay_s: COUNT,
  max_total_debouncing_time: COUNT,
  max_total_debounces_amount: COUNT,
  constant_attempts: ATTEMPTS,
  constant_seconds: { ...COUNT, min: 0 },
  exponential_attempts: ATTEMPTS,
  exponential_multiplier: FACTOR,
  exponential_seconds: FACTOR,
  exponential_random_factor: { min: 0, max: 100, isWhole: false },
} as const satisfies Partial<Record<TextSetting, NumberRule>>
type NumberSetting = keyof typeof NUMBERS

/** Settings that do nothing without another one, which is named. */
const NEEDS: readonly { readonly field: TextSetting; readonly needs: TextSetting; readonly name: string }[] = [
  { field: 'concurrency_time_window_s', needs: 'concurrent_limit', name: 'a limit' },
  { field: 'concurrency_key', needs: 'concurrent_limit', name: 'a limit' },
  { field: 'debounce_key', needs: 'debounce_delay_s', name: 'a delay' },
  { field: 'debounce_args_to_accumulate', needs: 'debounce_delay_s', name: 'a delay' },
  { field: 'max_total_debouncing_time', needs: 'debounce_delay_s', name: 'a delay' },
  { field: 'max_total_debounces_amount', needs: 'debounce_delay_s', name: 'a delay' },
  { field: 'constant_seconds', needs: 'constant_attempts', name: 'attempts' },
  { field: 'exponential_multiplier', needs: 'exponential_attempts', name: 'attempts' },
  { field: 'exponential_seconds', needs: 'exponential_attempts', name: 'attempts' },
  { field: 'exponential_random_factor', needs: 'exponential_attempts', name: 'attempts' },
]

/** Settings that another one cannot do without. */
const ASKED_FOR: readonly { readonly field: TextSetting; readonly by: TextSetting }[] = [
  { field: 'constant_seconds', by: 'constant_attempts' },
  { field: 'exponential_multiplier', by: 'exponential_attempts' },
  { field: 'exponential_seconds', by: 'exponential_attempts' },
]

/** What is typed as the server takes it, and what is wrong with it. */
export function parseSettings(form: SettingsForm): Parsed {
  const errors: SettingErrors = { ...togetherErrors(form), ...textErrors(form), ...numberErrors(form) }
  const text = (name: TextSetting) => (errors[name] === undefined && form[name].trim()) || undefined
  const number = (name: NumberSetting) => {
    const value = text(name)
    return value === undefined ? undefined : Number(value)
  }
  const settings: ScriptSettings = {
    tag: text('tag'),
    priority: number('priority'),
    timeout: number('timeout'),
    cache_ttl: number('cache_ttl'),
    delete_after_secs: number('delete_after_secs'),
    concurrent_limit: number('concurrent_limit'),
    concurrency_time_window_s: number('concurrency_time_window_s'),
    concurrency_key: text('concurrency_key'),
    debounce_delay_s: number('debounce_delay_s'),
    debounce_key: text('debounce_key'),
    debounce_args_to_accumulate: wordsOf(text('debounce_args_to_accumulate')),
    max_total_debouncing_time: number('max_total_debouncing_time'),
    max_total_debounces_amount: number('max_total_debounces_amount'),
    retry: retryOf(number),
    dedicated_worker: form.dedicated_worker || undefined,
    restart_unless_cancelled: form.restart_unless_cancelled || undefined,
    network: form.without_network ? 'none' : undefined,
  }
  return { settings: withoutAbsent(settings), errors }
}

function textErrors({ tag, debounce_args_to_accumulate: args }: SettingsForm): SettingErrors {
  const isTagBad = tag.trim().length > 255 || /[\s,()]/.test(tag.trim())
  const areArgsBad = wordsOf(args)?.some((name) => /\s/.test(name)) ?? false
  return {
    ...(isTagBad && { tag: 'Write one word without spaces, commas and parentheses.' }),
    ...(areArgsBad && { debounce_args_to_accumulate: 'Write names of arguments with commas between them.' }),
  }
}

function numberErrors(form: SettingsForm): SettingErrors {
  return Object.fromEntries(
    Object.entries(NUMBERS).flatMap(([name, rule]) => {
      // The entries of a record that is declared above: its keys are its type's.
      const error = numberError(form[name as NumberSetting].trim(), rule)
      return error === undefined ? [] : [[name, error]]
    }),
  )
}

function numberError(text: string, { min, max, isWhole }: NumberRule): string | undefined {
  if (text === '') return undefined
  const isNumber = isWhole ? /^\d+$/.test(text) : /^\d*\.?\d+$/.test(text)
  if (isNumber && Number(text) >= min && Number(text) <= max) return undefined
  const range = max === SECONDS_MAX ? `from ${min} on` : `from ${min} to ${max.toLocaleString('en-US')}`
  return `Write a ${isWhole ? 'whole ' : ''}number ${range}.`
}

function togetherErrors(form: SettingsForm): SettingErrors {
  const isSet = (name: TextSetting) => form[name].trim() !== ''
  const lone = NEEDS.filter(({ field, needs }) => isSet(field) && !isSet(needs))
  const lacking = ASKED_FOR.filter(({ field, by }) => isSet(by) && !isSet(field))
  return Object.fromEntries([
    ...lone.map(({ field, name }) => [field, `It does nothing without ${name}: set that, or empty this.`]),
    ...lacking.map(({ field }) => [field, 'The attempts need it.']),
  ])
}

function retryOf(number: (name: NumberSetting) => number | undefined): Retry | undefined {
  const [attempts, seconds] = [number('constant_attempts'), number('constant_seconds')]
  const [more, base, factor] = [
    number('exponential_attempts'),
    number('exponential_seconds'),
    number('exponential_multiplier'),
  ]
  const random = number('exponential_random_factor')
  const retry: Retry = {
    ...(attempts !== undefined && seconds !== undefined && { constant: { attempts, seconds } }),
    ...(more !== undefined &&
      base !== undefined &&
      factor !== undefined && {
        exponential: {
          attempts: more,
          multiplier: factor,
          seconds: base,
          ...(random !== undefined && { random_factor: random }),
        },
      }),
  }
  return retry.constant || retry.exponential ? retry : undefined
}

function wordsOf(list: string | undefined): string[] | undefined {
  const words = list?.split(',').flatMap((word) => word.trim() || [])
  return words && words.length > 0 ? words : undefined
}

function withoutAbsent(settings: ScriptSettings): ScriptSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}
