import type { SwitchSetting, TextSetting } from '../../../data/script-settings.ts'

interface TextField {
  readonly name: TextSetting
  readonly label: string
  /** Written behind the value. */
  readonly unit?: string
  /** What holds while nothing is typed. */
  readonly placeholder?: string
  readonly isWide?: boolean
}

interface SwitchField {
  readonly name: SwitchSetting
  readonly label: string
}

export interface SettingGroup {
  readonly title: string
  readonly hint: string
  readonly fields: readonly TextField[]
  readonly switches?: readonly SwitchField[]
}

/** All settings in the order in which they are shown. */
export const settingGroups: readonly SettingGroup[] = [
  {
    title: 'Workers',
    hint: 'The tag says which workers take it; $workspace and $args[name] are filled in. A dedicated worker takes no other script.',
    fields: [
      { name: 'tag', label: 'Tag', placeholder: 'of the language' },
      { name: 'priority', label: 'Priority', unit: '1–100', placeholder: '0' },
    ],
    switches: [{ name: 'dedicated_worker', label: 'Dedicated worker' }],
  },
  {
    title: 'Time',
    hint: 'Equal calls share a cached result. What is deleted are inputs, result and log.',
    fields: [
      { name: 'timeout', label: 'Timeout', unit: 's', placeholder: 'none' },
      { name: 'cache_ttl', label: 'Cache result for', unit: 's', placeholder: 'none' },
      { name: 'delete_after_secs', label: 'Delete after', unit: 's', placeholder: 'kept' },
    ],
    switches: [{ name: 'restart_unless_cancelled', label: 'Restart until cancelled' }],
  },
  {
    title: 'Concurrency',
    hint: 'Runs beyond the limit wait; those that began within the window count too. A key such as $workspace/$args[name] has its own limit.',
    fields: [
      { name: 'concurrent_limit', label: 'Limit', unit: 'runs', placeholder: 'none' },
      { name: 'concurrency_time_window_s', label: 'Window', unit: 's', placeholder: 'none' },
      { name: 'concurrency_key', label: 'Key', placeholder: 'this script', isWide: true },
    ],
  },
  {
    title: 'Debounce',
    hint: 'Calls with one key within the delay become one run, the last, with what is gathered from all of them.',
    fields: [
      { name: 'debounce_delay_s', label: 'Delay', unit: 's', placeholder: 'none' },
      { name: 'max_total_debouncing_time', label: 'At most for', unit: 's', placeholder: 'ever' },
      { name: 'max_total_debounces_amount', label: 'At most', unit: 'calls', placeholder: 'any' },
      { name: 'debounce_args_to_accumulate', label: 'Gather', placeholder: 'items, ids' },
      { name: 'debounce_key', label: 'Key', placeholder: 'this script and its other arguments', isWide: true },
    ],
  },
  {
    title: 'Network',
    hint: 'Without it no address answers a run, not even this server: its calls for variables, resources and other scripts fail.',
    fields: [],
    switches: [{ name: 'without_network', label: 'Run without network' }],
  },
  {
    title: 'Retry',
    hint: 'After a failure: first at a constant delay, then at one that grows as multiplier × base^attempt.',
    fields: [
      { name: 'constant_attempts', label: 'Constant attempts', placeholder: '0' },
      { name: 'constant_seconds', label: 'Delay', unit: 's' },
      { name: 'exponential_attempts', label: 'Exponential attempts', placeholder: '0' },
      { name: 'exponential_multiplier', label: 'Multiplier' },
      { name: 'exponential_seconds', label: 'Base', unit: 's' },
      { name: 'exponential_random_factor', label: 'Random', unit: '± %', placeholder: '0' },
    ],
  },
]

/** The id of a setting's field on the page. */
export function fieldId(name: TextSetting | SwitchSetting): string {
  return `setting-${name}`
}
