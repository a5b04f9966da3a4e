/** What a step gave, or why it failed, in the words of the published clients. */
export interface StepFailure {
  readonly __wmill_error: true
  readonly message: string
  readonly step_key: string
  readonly child_job_id?: string
  /** `{error: {name, message, stack?, extra?}}`. */
  readonly result: unknown
}

/** What a run of the code begins with: what is over by the names of its checkpoints, and of what kind each is. */
export interface Checkpoint {
  readonly completed_steps: Readonly<Record<string, unknown>>
  readonly kinds: Readonly<Record<string, string>>
  /** The task that this run is for: the code is run up to it, and no further. */
  readonly _executing_key?: string
}

/** A row of a step that is over. */
export interface EndedStep {
  readonly key: string
  readonly kind: string
  readonly status: string
  readonly childId: string | undefined
  /** JSON text. */
  readonly result: string | undefined
}

/** Puts what is over together. */
export function toCheckpoint(steps: readonly EndedStep[], executing: string | undefined): Checkpoint {
  return {
    completed_steps: Object.fromEntries(steps.map((step): [string, unknown] => [step.key, valueOf(step)])),
    kinds: Object.fromEntries(steps.map(({ key, kind }) => [key, kind])),
    ...(executing !== undefined && { _executing_key: executing }),
  }
}

function valueOf({ key, status, childId, result }: EndedStep): unknown {
  const value: unknown = JSON.parse(result ?? 'null')
  return status === 'failure' || status === 'canceled' ? stepFailure(key, value, childId) : value
}

/** The failure of a step as it is stored for every later run, of its result: `{error: {message, …}}`. */
export function stepFailure(key: string, result: unknown, childId?: string): StepFailure {
  return {
    __wmill_error: true,
    message: messageOf(result) ?? `the step ${key} failed`,
    step_key: key,
    ...(childId !== undefined && { child_job_id: childId }),
    result,
  }
}

/** What an inline step gave: its end, and the value to be stored. */
export function readStepResult(
  key: string,
  value: unknown,
): { readonly status: 'success' | 'failure'; readonly json: string } {
  if (!isFailure(value)) return { status: 'success', json: JSON.stringify(value ?? null) }
  const result = 'result' in value ? value.result : undefined
  const error =
    messageOf(result) === undefined
      ? { name: 'Error', message: textOf(value, 'message') ?? `the step ${key} failed` }
      : undefined
  return { status: 'failure', json: JSON.stringify(error ? { error } : result) }
}

function isFailure(value: unknown): value is object {
  return typeof value === 'object' && value !== null && '__wmill_error' in value && value.__wmill_error === true
}

function messageOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('error' in result)) return undefined
  return textOf(result.error, 'message')
}

function textOf(value: unknown, key: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return typeof found === 'string' ? found : undefined
}
