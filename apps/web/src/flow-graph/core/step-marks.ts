/** A property of a step that changes how it runs, in a word and a sentence. */
export interface StepMark {
  readonly kind: 'retry' | 'suspend' | 'sleep' | 'cache' | 'skip' | 'stop' | 'parallel' | 'mock' | 'lenient' | 'timeout'
  readonly title: string
}

type Json = Readonly<Record<string, unknown>>

/** The marks of a module, in the order in which they act. */
export function stepMarks(module: Json): readonly StepMark[] {
  const value = object(module['value'])
  const { retry, suspend, sleep, cache_ttl: cacheTtl, skip_if: skip, stop_after_if: stop, timeout } = module
  return [
    isSet(skip) && mark('skip', `Skipped if ${expression(skip)}`),
    object(module['mock'])['enabled'] === true && mark('mock', 'Gives a mocked result'),
    value['parallel'] === true && mark('parallel', 'Runs in parallel'),
    isPositive(cacheTtl) && mark('cache', `Result kept for ${cacheTtl} s`),
    isRetried(retry) && mark('retry', retryTitle(object(retry))),
    isSet(timeout) && mark('timeout', `Times out after ${amount(timeout)}`),
    module['continue_on_error'] === true && mark('lenient', 'The flow goes on when it fails'),
    isSet(stop) && mark('stop', `Stops after it if ${expression(stop)}`),
    isSet(suspend) && mark('suspend', suspendTitle(object(suspend))),
    isSet(sleep) && mark('sleep', `Sleeps ${amount(sleep)} after it`),
  ].filter((each) => each !== false)
}

function mark(kind: StepMark['kind'], title: string): StepMark {
  return { kind, title }
}

function isRetried(retry: unknown): boolean {
  const { constant, exponential } = object(retry)
  return attempts(constant) + attempts(exponential) > 0
}

function retryTitle({ constant, exponential }: Json): string {
  const count = attempts(constant) + attempts(exponential)
  return `Tried again up to ${count} ${count === 1 ? 'time' : 'times'}`
}

function attempts(retry: unknown): number {
  const { attempts: count } = object(retry)
  return typeof count === 'number' ? count : 0
}

function suspendTitle({ required_events: events }: Json): string {
  return typeof events === 'number' && events > 1
    ? `Waits for ${events} approvals after it`
    : 'Waits for an approval after it'
}

/** Seconds, written as a number or as an input of either kind. */
function amount(seconds: unknown): string {
  if (typeof seconds === 'number') return `${seconds} s`
  const { value, expr } = object(seconds)
  return typeof expr === 'string' ? expr : `${String(value)} s`
}

function expression(condition: unknown): string {
  const { expr } = object(condition)
  return typeof expr === 'string' ? expr : 'a condition holds'
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
