import { z } from 'zod'

/** What becomes of a field of a flow. `docs/reference/open-flow.md` is written from it. */
export type FieldRule =
  /** Rules of SPEC.md act on it, by their numbers: tests cite them. `on` says which modules it may stand with. */
  | { readonly kind: 'acted'; readonly rules: readonly string[]; readonly on: FieldScope }
  /** It is kept and shown again, and changes nothing about a run. */
  | { readonly kind: 'kept'; readonly why: string }
  /** A flow that has it is refused; the sentence stands after the place of the field. */
  | { readonly kind: 'refused'; readonly sentence: string }

/** Modules of any kind, of kinds that are one job each, of scripts, or of kinds that go through several children. */
export type FieldScope = 'any' | 'jobs' | 'scripts' | 'repeating'

const registry = z.registry<FieldRule>()

/** A field that rules of SPEC.md act on, such as `F12` or `F12 F13`. */
export function acted<T extends z.ZodType>(rules: string, schema: T, on: FieldScope = 'any'): T {
  return noted(schema, { kind: 'acted', rules: rules.split(' '), on })
}

/** A field that only people and editors read. */
export function kept<T extends z.ZodType>(why: string, schema: T): T {
  return noted(schema, { kind: 'kept', why })
}

/** A field that may only say nothing: absent, false, 0 or empty. */
export function refused(sentence: string) {
  return noted(z.unknown().refine(saysNothing, sentence).optional(), { kind: 'refused', sentence })
}

/** What becomes of a field; undefined where nobody said it. */
export function findFieldRule(schema: z.core.$ZodType): FieldRule | undefined {
  return registry.get(schema)
}

/** Whether a value is what editors write for an option that is not wanted. */
export function saysNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === undefined || value === null || value === false || value === 0 || value === ''
}

/** A schema may stand in several fields: each has a copy of its own. */
function noted<T extends z.ZodType>(schema: T, rule: FieldRule): T {
  const own = schema.clone()
  registry.add(own, rule)
  return own
}
