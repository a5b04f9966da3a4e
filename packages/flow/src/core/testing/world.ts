import type { Json } from '../json.ts'
import type { Transform } from '../protocol.ts'

/** What expressions see. */
export interface Sight {
  readonly flow_input: Json
  readonly results: Readonly<Record<string, Json>>
  readonly previous_result: Json
  readonly result?: Json
  readonly error?: Json
}

export type Outcome =
  | { readonly status: 'success' | 'skipped'; readonly result: Json }
  | { readonly status: 'failure' | 'canceled'; readonly result: Json }

/** A run of a step: the same key and inputs give the same outcome. */
export interface StepCall {
  /** Where it is: the frames around it, its module, and which try it is. */
  readonly key: string
  readonly content: string
  readonly inputs: Readonly<Record<string, Json>>
  /** Runs of it that failed before. */
  readonly failures: number
}

/** What somebody says when a module waits for events. */
export type Decision = 'approve' | 'disapprove' | 'timeout'

/** What lies outside the rules, in memory and without chance, so that two ways to run a flow can be compared. */
export interface World {
  runStep(call: StepCall): Outcome
  decide(key: string): Decision
}

export type Evaluation =
  { readonly ok: true; readonly value: Json | undefined } | { readonly ok: false; readonly error: Thrown }

// A type and not an interface, so that it counts as JSON.
type Thrown = { readonly name: string; readonly message: string }

/** Evaluates by the JavaScript of this process; expressions of tests only. */
export function evaluate(transform: Transform, sight: Sight): Evaluation {
  if (transform.type === 'static') return { ok: true, value: transform.value }
  if (transform.type === 'ai') return { ok: true, value: undefined }
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- expressions of our own tests, and no second evaluator to trust
    const body = new Function('sight', `with (sight) { return (${transform.expr}) }`)
    return { ok: true, value: plain(body({ result: undefined, error: undefined, ...sight })) }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) }
    return { ok: false, error: { name, message } }
  }
}

/** What of a value JSON keeps. */
function plain(value: unknown): Json | undefined {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

/** What a step of the tests does: fails so often (-1: always), is cancelled, gives way to a later run, or gives a value. */
export interface Told {
  readonly fails?: number
  readonly canceled?: boolean
  readonly debounced?: boolean
  readonly value?: Json
}

/** Steps whose content says how they end: `{ "fails": 2 }` fails twice, then gives its key and a number made of its inputs. */
export function scriptedWorld(decide: World['decide'] = () => 'approve'): World {
  return {
    decide,
    runStep({ key, content, inputs, failures }) {
      const { fails, canceled, debounced, value }: Told = JSON.parse(content)
      if (debounced === true) return { status: 'skipped', result: { debounced_by: key } }
      if (canceled === true)
        return { status: 'canceled', result: { error: { name: 'Canceled', message: 'canceled by ada: why' } } }
      if (fails !== undefined && (fails < 0 || failures < fails))
        return { status: 'failure', result: { error: { name: 'StepError', message: `failed at ${key}` } } }
      return { status: 'success', result: value ?? { key, x: hashOf(JSON.stringify([key, inputs])) % 1000 } }
    },
  }
}

/** A number that looks random and is not. */
export function hashOf(text: string): number {
  let hash = 2166136261
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619)
  return hash >>> 0
}

/** `error` as an expression sees it. */
export function errorIn(result: Json): Json {
  return isObject(result) ? (result['error'] ?? null) : null
}

/** An error names the step that failed. */
export function withStep(result: Json, step: string | undefined): Json {
  const error = errorIn(result)
  if (step === undefined || !isObject(result) || !isObject(error) || 'step_id' in error) return result
  return { ...result, error: { ...error, step_id: step } }
}

export function isObject(value: Json | undefined): value is { readonly [name: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
