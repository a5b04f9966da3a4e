import type { JsonData } from './json-data.ts'

/** The names that an expression may read besides `results`; one that the scope has no value for is `undefined`. */
export const SCOPE_NAMES = [
  'flow_input',
  'flow_env',
  'previous_result',
  'result',
  'error',
  'resume',
  'resumes',
  'approvers',
] as const

export type ScopeName = (typeof SCOPE_NAMES)[number]

/** What `variable()` or `resource()` gives for a path: a value, or the sentence of the error that it throws. */
export type Lookup = JsonData | { readonly refusal: string }

/** What one evaluation may see. Only what `analyse` names has to be there. */
export interface Scope {
  readonly names?: { readonly [name in ScopeName]?: JsonData | undefined }
  /** By the id of the step. */
  readonly results?: ReadonlyMap<string, JsonData>
  /** By path. */
  readonly variables?: ReadonlyMap<string, Lookup>
  /** By path. */
  readonly resources?: ReadonlyMap<string, Lookup>
}

/** Whether an identifier is one of the names above. */
export function isScopeName(name: string): name is ScopeName {
  return (SCOPE_NAMES as readonly string[]).includes(name)
}
