import { createHash } from 'node:crypto'
import type { ScriptOptions } from '@millrace/contracts'
import { digestOf } from './digest.ts'
import { fillTemplate } from './fill-template.ts'
import type { JobOptions } from './job.ts'

/** Keys are indexed: longer ones are kept as their digest. */
const KEY_LENGTH_MAX = 500

/** What the options of a script are applied to. */
export interface JobSubject {
  readonly workspace: string
  readonly path: string
  readonly args: Readonly<Record<string, unknown>>
  /** Asked for by the call, instead of the script's own. */
  readonly cacheTtlS: number | undefined
  /** How often the lock of the script was made anew; never when absent. */
  readonly lockRevision?: number
}

/** The limits of one job by the options of its script; undefined when it has none, as most. */
export function jobOptions(options: ScriptOptions, subject: JobSubject): JobOptions | undefined {
  const cacheTtlS = subject.cacheTtlS ?? options.cache_ttl ?? 0
  const found: JobOptions = {
    ...concurrency(options, subject),
    ...debounce(options, subject),
    ...(options.retry && { retry: options.retry }),
    ...(options.restart_unless_cancelled && { restart: true }),
    ...(cacheTtlS > 0 && { cacheTtlS }),
    ...(typeof options.delete_after_secs === 'number' && { deleteAfterS: options.delete_after_secs }),
    ...(options.network === 'none' && { network: options.network }),
    ...(subject.lockRevision && { lockRevision: subject.lockRevision }),
  }
  return Object.keys(found).length === 0 ? undefined : found
}

function concurrency(options: ScriptOptions, subject: JobSubject): JobOptions {
  const { concurrent_limit: limit, concurrency_time_window_s: windowS, concurrency_key: template } = options
  if (!limit) return {}
  const key = keyOf(template || `$workspace/script/${subject.path}`, subject)
  return { concurrency: { key, limit, ...(windowS && { windowS }) } }
}

function debounce(options: ScriptOptions, subject: JobSubject): JobOptions {
  const { debounce_delay_s: delayS, debounce_key: template, debounce_args_to_accumulate: names } = options
  if (!delayS) return {}
  const accumulate = names ?? []
  const rest = Object.entries(subject.args).filter(([name]) => !accumulate.includes(name))
  const key = template
    ? keyOf(template, subject)
    : `script/${subject.path}/${digestOf(Object.fromEntries(rest)).slice(0, 32)}`
  return {
    debounce: {
      key,
      delayS,
      ...(accumulate.length > 0 && { accumulate }),
      ...(options.max_total_debouncing_time && { totalS: options.max_total_debouncing_time }),
      ...(options.max_total_debounces_amount && { callsMax: options.max_total_debounces_amount }),
    },
  }
}

/** The key of a template such as `$workspace/mail-$args[user.id]`; an absent argument is nothing. */
function keyOf(template: string, subject: JobSubject): string {
  const key = fillTemplate(template, subject, () => '').trim()
  return key.length <= KEY_LENGTH_MAX ? key : createHash('sha256').update(key).digest('hex')
}
