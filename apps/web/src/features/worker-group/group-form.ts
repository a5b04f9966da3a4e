import { faultAt, type FieldFaults } from '../../data/field-faults.ts'

/** One variable as it is typed; the id keeps its row while its name changes. */
export interface VariableRow {
  readonly id: number
  readonly name: string
  readonly value: string
}

/** A worker group as it is typed. Numbers are texts until they are sent; an empty one is not set. */
export interface GroupForm {
  readonly tags: readonly string[]
  readonly slots: string
  readonly exitAfterJobs: string
  readonly isNative: boolean
  readonly variables: readonly VariableRow[]
  readonly passedVariables: readonly string[]
  readonly initScript: string
  readonly isScaled: boolean
  readonly workersMin: string
  readonly workersMax: string
  /** In seconds. */
  readonly targetWait: string
}

type Config = Readonly<Record<string, unknown>>

/** Where each part of the form stands in the configuration; faults are told by these names. */
const FIELDS = {
  tags: 'worker_tags',
  slots: 'slots',
  exitAfterJobs: 'exit_after_jobs',
  isNative: 'native_mode',
  variables: 'env_vars_static',
  passedVariables: 'env_vars_allowlist',
  initScript: 'init_bash',
  isScaled: 'autoscaling.enabled',
  workersMin: 'autoscaling.min_workers',
  workersMax: 'autoscaling.max_workers',
  targetWait: 'autoscaling.target_wait_ms',
} as const satisfies Readonly<Record<keyof GroupForm, string>>

/** What is there, for typing. */
export function toGroupForm(config: Config | null): GroupForm {
  const given = config ?? {}
  const scaling = asObject(given['autoscaling'])
  const targetWaitMs = scaling['target_wait_ms'] ?? given['target_wait_ms']
  return {
    tags: texts(given['worker_tags']),
    slots: numberText(given['slots']),
    exitAfterJobs: numberText(given['exit_after_jobs']),
    isNative: given['native_mode'] === true,
    variables: Object.entries(asObject(given['env_vars_static'])).map(([name, value], id) => {
      return { id, name, value: typeof value === 'string' ? value : JSON.stringify(value) }
    }),
    passedVariables: texts(given['env_vars_allowlist']),
    initScript: typeof given['init_bash'] === 'string' ? given['init_bash'] : '',
    isScaled: scaling['enabled'] !== false,
    workersMin: numberText(scaling['min_workers']),
    workersMax: numberText(scaling['max_workers']),
    targetWait: typeof targetWaitMs === 'number' ? String(targetWaitMs / 1000) : '',
  }
}

/** Writes what was changed since `before` into a configuration, and leaves everything else as it stands there. */
export function applyGroupForm(current: Config | null, form: GroupForm, before: GroupForm): Record<string, unknown> {
  const changed = (part: keyof GroupForm) => JSON.stringify(form[part]) !== JSON.stringify(before[part])
  const config: Record<string, unknown> = { ...current }
  if (changed('tags')) put(config, 'worker_tags', list(form.tags))
  if (changed('slots')) put(config, 'slots', toNumber(form.slots))
  if (changed('exitAfterJobs')) put(config, 'exit_after_jobs', toNumber(form.exitAfterJobs))
  if (changed('isNative')) put(config, 'native_mode', form.isNative || undefined)
  if (changed('variables')) put(config, 'env_vars_static', toVariables(form.variables))
  if (changed('passedVariables')) put(config, 'env_vars_allowlist', list(form.passedVariables))
  if (changed('initScript')) put(config, 'init_bash', form.initScript.trim() === '' ? undefined : form.initScript)

  const scaling: Record<string, unknown> = { ...asObject(config['autoscaling']) }
  if (changed('isScaled')) put(scaling, 'enabled', form.isScaled ? undefined : false)
  if (changed('workersMin')) put(scaling, 'min_workers', toNumber(form.workersMin))
  if (changed('workersMax')) put(scaling, 'max_workers', toNumber(form.workersMax))
  if (changed('targetWait')) {
    // The group's own would hold again where that of its scaling is taken away.
    put(config, 'target_wait_ms', undefined)
    put(scaling, 'target_wait_ms', toMs(form.targetWait))
  }
  put(config, 'autoscaling', Object.keys(scaling).length === 0 ? undefined : scaling)
  return config
}

export function isSameForm(left: GroupForm, right: GroupForm): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

/** What the server found wrong with a part of the form. */
export function faultOf(faults: FieldFaults, part: keyof GroupForm): string | undefined {
  return faultAt(faults, FIELDS[part])
}

/** Places of the words of a list that are wrong. */
export function wrongPlaces(faults: FieldFaults, part: 'tags' | 'passedVariables'): ReadonlySet<number> {
  const prefix = `${FIELDS[part]}.`
  const fields = [...faults.keys()].filter((field) => field.startsWith(prefix))
  return new Set(fields.map((field) => Number(field.slice(prefix.length))))
}

/** What is wrong with one variable. */
export function variableFault(faults: FieldFaults, name: string): string | undefined {
  return faults.get(`${FIELDS.variables}.${name}`)
}

/** Faults of fields that the form does not show. */
export function otherFaults(faults: FieldFaults): readonly string[] {
  const known = Object.values(FIELDS)
  return [...faults].flatMap(([field, message]) =>
    known.some((each) => field === each || field.startsWith(`${each}.`)) ? [] : [`${field}: ${message}`],
  )
}

function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) delete target[key]
  else target[key] = value
}

function list(words: readonly string[]): readonly string[] | undefined {
  return words.length === 0 ? undefined : words
}

function toVariables(rows: readonly VariableRow[]): Readonly<Record<string, string>> | undefined {
  const named = rows.filter(({ name, value }) => name.trim() !== '' || value !== '')
  return named.length === 0 ? undefined : Object.fromEntries(named.map(({ name, value }) => [name.trim(), value]))
}

/** A number; what is none is sent as it was typed, and refused in the server's words. */
function toNumber(text: string): number | string | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : trimmed
}

function toMs(text: string): number | string | undefined {
  const seconds = toNumber(text.replace(',', '.'))
  return typeof seconds === 'number' ? Math.round(seconds * 1000) : seconds
}

function numberText(value: unknown): string {
  return typeof value === 'number' ? String(value) : ''
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function asObject(value: unknown): Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
