import type { FlowChange } from '@millrace/contracts'

/** What can be changed of a step: texts as they are in the flow. */
export interface Changeable {
  readonly step: string
  /** Undefined where the step has none of its own. */
  readonly code: string | undefined
  readonly language: string | undefined
  /** JSON text of its inputs; undefined where it has none. */
  readonly inputs: string | undefined
}

/** The same as somebody typed it; an empty result is none. */
export interface ChangeDraft {
  readonly code: string
  readonly inputs: string
  readonly result: string
}

/** Faults by field, or what is to be changed; undefined where nothing is. */
export type ReadChange =
  | { readonly ok: true; readonly change: FlowChange | undefined }
  | { readonly ok: false; readonly faults: Readonly<Partial<Record<keyof ChangeDraft, string>>> }

type Json = Readonly<Record<string, unknown>>

/** Reads what can be changed of a module. */
export function changeableOf({ id, value }: { readonly id: string; readonly value?: unknown }): Changeable {
  const { content, language, input_transforms: inputs } = isObject(value) ? value : {}
  return {
    step: id,
    code: typeof content === 'string' ? content : undefined,
    language: typeof language === 'string' ? language : undefined,
    inputs: isObject(inputs) ? JSON.stringify(inputs, undefined, 2) : undefined,
  }
}

export function draftOf({ code, inputs }: Changeable): ChangeDraft {
  return { code: code ?? '', inputs: inputs ?? '', result: '' }
}

/** Says what is different from what ran. */
export function readChange(before: Changeable, draft: ChangeDraft): ReadChange {
  const inputs = readInputs(before, draft)
  const result = draft.result.trim() === '' ? undefined : parse(draft.result)
  const faults = {
    ...(typeof inputs === 'string' && { inputs }),
    ...(result?.ok === false && { result: result.message }),
  }
  if (typeof inputs === 'string' || result?.ok === false) return { ok: false, faults }
  const isCoded = before.code !== undefined && draft.code !== before.code
  if (!isCoded && !inputs && !result) return { ok: true, change: undefined }
  return {
    ok: true,
    change: {
      step_id: before.step,
      ...(isCoded && { code: draft.code }),
      ...(inputs && { inputs }),
      ...(result && { result: result.value }),
    },
  }
}

/** The inputs that are others now, or what is wrong with them. */
function readInputs(before: Changeable, draft: ChangeDraft): FlowChange['inputs'] | string {
  if (before.inputs === undefined || draft.inputs === before.inputs) return undefined
  const parsed = parse(draft.inputs)
  if (!parsed.ok) return parsed.message
  if (!isObject(parsed.value)) return 'Inputs are an object, by their names.'
  const old: unknown = JSON.parse(before.inputs)
  const changed: Record<string, NonNullable<FlowChange['inputs']>[string]> = {}
  for (const [name, input] of Object.entries(parsed.value)) {
    if (isObject(old) && JSON.stringify(old[name]) === JSON.stringify(input)) continue
    const type = isObject(input) ? input['type'] : undefined
    if (!isObject(input) || (type !== 'static' && type !== 'javascript'))
      return `"${name}" must be {"type": "static", "value": …} or {"type": "javascript", "expr": "…"}.`
    changed[name] = { ...input, type }
  }
  return Object.keys(changed).length > 0 ? changed : undefined
}

function parse(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return { ok: false, message: `This is no JSON: ${error instanceof Error ? error.message : String(error)}.` }
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
