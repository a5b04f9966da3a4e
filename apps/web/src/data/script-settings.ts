import type { Retry, Script } from '@millrace/contracts'

/** Settings of a script as they are typed: nothing typed is nothing set. Kept in drafts, so that typing is never lost. */
export type SettingsForm = Readonly<Record<TextSetting, string>> & Readonly<Record<SwitchSetting, boolean>>

export const textSettings = [
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
  'constant_attempts',
  'constant_seconds',
  'exponential_attempts',
  'exponential_multiplier',
  'exponential_seconds',
  'exponential_random_factor',
] as const
export type TextSetting = (typeof textSettings)[number]

export const switchSettings = ['dedicated_worker', 'restart_unless_cancelled', 'without_network'] as const
export type SwitchSetting = (typeof switchSettings)[number]

export type SettingName = TextSetting | SwitchSetting

/** Where a new script begins. */
export const NO_SETTINGS: SettingsForm = {
  // Built from the list of names: that it has each of them is beyond what the compiler infers.
  ...(Object.fromEntries(textSettings.map((name) => [name, ''])) as Record<TextSetting, string>),
  dedicated_worker: false,
  restart_unless_cancelled: false,
  without_network: false,
}

/** What a deployed script has, as one would have typed it. */
export function formOfScript(script: Script): SettingsForm {
  const { retry } = script
  return {
    tag: script.tag ?? '',
    priority: positive(script.priority),
    timeout: positive(script.timeout),
    cache_ttl: positive(script.cache_ttl),
    // At once is a time as well.
    delete_after_secs: typeof script.delete_after_secs === 'number' ? String(script.delete_after_secs) : '',
    concurrent_limit: positive(script.concurrent_limit),
    concurrency_time_window_s: positive(script.concurrency_time_window_s),
    concurrency_key: script.concurrency_key ?? '',
    debounce_delay_s: positive(script.debounce_delay_s),
    debounce_key: script.debounce_key ?? '',
    debounce_args_to_accumulate: (script.debounce_args_to_accumulate ?? []).join(', '),
    max_total_debouncing_time: positive(script.max_total_debouncing_time),
    max_total_debounces_amount: positive(script.max_total_debounces_amount),
    ...formOfRetry(retry ?? {}),
    dedicated_worker: script.dedicated_worker ?? false,
    restart_unless_cancelled: script.restart_unless_cancelled ?? false,
    without_network: script.network === 'none',
  }
}

function formOfRetry({ constant, exponential }: Retry) {
  const [isConstant, isExponential] = [(constant?.attempts ?? 0) > 0, (exponential?.attempts ?? 0) > 0]
  return {
    constant_attempts: positive(constant?.attempts),
    constant_seconds: isConstant ? String(constant?.seconds ?? '') : '',
    exponential_attempts: positive(exponential?.attempts),
    exponential_multiplier: isExponential ? String(exponential?.multiplier ?? '') : '',
    exponential_seconds: isExponential ? String(exponential?.seconds ?? '') : '',
    exponential_random_factor: isExponential ? positive(exponential?.random_factor) : '',
  }
}

/** 0 means the same as nothing in most settings. */
function positive(value: number | null | undefined): string {
  return value ? String(value) : ''
}

/** Whether two forms say the same. */
export function isSameForm(left: SettingsForm, right: SettingsForm): boolean {
  return (
    textSettings.every((name) => left[name].trim() === right[name].trim()) &&
    switchSettings.every((name) => left[name] === right[name])
  )
}
