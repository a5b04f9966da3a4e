/** Levels of loops and branches in each other. */
export const NESTING_MAX = 100

/** The fields under which modules hold others; what is nested in values of inputs is not counted. */
const HOLDERS = ['modules', 'default', 'branches', 'value', 'failure_module', 'preprocessor_module'] as const

/** Whether loops and branches are in each other too often to be read; looks without recursion, so that any depth can be judged. */
export function isTooDeep(flow: unknown): boolean {
  const left: { readonly value: unknown; readonly depth: number }[] = [{ value: flow, depth: 0 }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next.depth > NESTING_MAX) return true
    left.push(...heldBy(next.value, next.depth))
  }
  return false
}

function heldBy(value: unknown, depth: number): { readonly value: unknown; readonly depth: number }[] {
  if (Array.isArray(value)) return value.map((item: unknown) => ({ value: item, depth }))
  if (typeof value !== 'object' || value === null) return []
  const fields = new Map(Object.entries(value))
  return HOLDERS.filter((name) => fields.has(name)).map((name) => ({
    value: fields.get(name),
    depth: name === 'value' ? depth + 1 : depth,
  }))
}
