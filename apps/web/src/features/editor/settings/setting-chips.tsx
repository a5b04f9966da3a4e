import type { Retry } from '@millrace/contracts'
import type { ScriptSettings, SettingErrors } from '../../../data/parse-settings.ts'
import type { SettingName } from '../../../data/script-settings.ts'
import { classNames } from '../../../ui/class-names.ts'
import { formatCount, formatSpan } from '../../../ui/format-quantity.ts'

interface Chip {
  readonly name: SettingName
  readonly text: string
}

interface SettingChipsProps {
  readonly settings: ScriptSettings
  readonly errors: SettingErrors
  /** Leads to the field of a setting. */
  readonly onOpen: (name: SettingName) => void
}

/** What is set, and nothing else, in a line; what is wrong comes first. */
export function SettingChips({ settings, errors, onOpen }: SettingChipsProps) {
  const [wrong] = Object.keys(errors) as readonly SettingName[]
  const chips = chipsOf(settings)
  if (chips.length === 0 && wrong === undefined) return null
  return (
    <ul aria-label="Settings" className="flex flex-wrap gap-1.5 border-b border-line px-3 py-1.5">
      {wrong !== undefined && (
        <ChipButton onClick={() => onOpen(wrong)} isWrong>
          {countText(Object.keys(errors).length)} to correct
        </ChipButton>
      )}
      {chips.map(({ name, text }) => (
        <ChipButton key={name} onClick={() => onOpen(name)}>
          {text}
        </ChipButton>
      ))}
    </ul>
  )
}

interface ChipButtonProps {
  readonly onClick: () => void
  readonly isWrong?: boolean
  readonly children: React.ReactNode
}

function ChipButton({ onClick, isWrong = false, children }: ChipButtonProps) {
  return (
    <li className="min-w-0">
      <button
        type="button"
        onClick={onClick}
        className={classNames(
          'block h-6 max-w-72 truncate rounded-md px-2 text-xs',
          isWrong ? 'bg-failed-soft text-failed' : 'bg-accent-soft text-text hover:text-accent',
        )}
      >
        {children}
      </button>
    </li>
  )
}

function countText(count: number): string {
  return count === 1 ? '1 setting' : `${count} settings`
}

function chipsOf(settings: ScriptSettings): readonly Chip[] {
  const { tag, priority, timeout, cache_ttl: cacheS, delete_after_secs: deleteS, retry } = settings
  const { dedicated_worker: isDedicated, restart_unless_cancelled: isRestarted, network } = settings
  const found: readonly (Chip | undefined)[] = [
    tag ? { name: 'tag', text: `Tag ${tag}` } : undefined,
    priority ? { name: 'priority', text: `Priority ${priority}` } : undefined,
    isDedicated ? { name: 'dedicated_worker', text: 'Dedicated worker' } : undefined,
    timeout ? { name: 'timeout', text: `Timeout ${formatSpan(timeout)}` } : undefined,
    cacheS ? { name: 'cache_ttl', text: `Cached for ${formatSpan(cacheS)}` } : undefined,
    typeof deleteS === 'number'
      ? { name: 'delete_after_secs', text: `Deleted ${deleteS === 0 ? 'at its end' : `after ${formatSpan(deleteS)}`}` }
      : undefined,
    isRestarted ? { name: 'restart_unless_cancelled', text: 'Restarts until cancelled' } : undefined,
    network === 'none' ? { name: 'without_network', text: 'No network' } : undefined,
    concurrencyChip(settings),
    debounceChip(settings),
    retry ? { name: retry.constant ? 'constant_attempts' : 'exponential_attempts', text: retryText(retry) } : undefined,
  ]
  return found.filter((chip) => chip !== undefined)
}

function concurrencyChip(settings: ScriptSettings): Chip | undefined {
  const { concurrent_limit: limit, concurrency_time_window_s: windowS, concurrency_key: key } = settings
  if (!limit) return undefined
  const runs = `Limit ${formatCount(limit)}${windowS ? ` in ${formatSpan(windowS)}` : ''}`
  return { name: 'concurrent_limit', text: `${runs}${key ? ` of ${key}` : ''}` }
}

function debounceChip({ debounce_delay_s: delayS, debounce_key: key }: ScriptSettings): Chip | undefined {
  if (!delayS) return undefined
  return { name: 'debounce_delay_s', text: `Debounced by ${formatSpan(delayS)}${key ? ` of ${key}` : ''}` }
}

function retryText({ constant, exponential }: Retry): string {
  const attempts = (constant?.attempts ?? 0) + (exponential?.attempts ?? 0)
  return attempts === 1 ? '1 retry' : `${formatCount(attempts)} retries`
}
