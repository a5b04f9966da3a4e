import { JsonData } from '../json-data.ts'
import type { Scope, ScopeName } from '../scope.ts'

/** Values for a scope, as a test says them. */
export interface ScopeValues extends Partial<Record<ScopeName, unknown>> {
  readonly results?: Readonly<Record<string, unknown>>
  readonly variables?: Readonly<Record<string, unknown>>
  readonly resources?: Readonly<Record<string, unknown>>
}

/** A scope of plain values, which are copied as JSON. */
export function scopeOf({ results, variables, resources, ...names }: ScopeValues): Scope {
  return {
    names: Object.fromEntries(Object.entries(names).map(([name, value]) => [name, dataOf(value)])),
    results: mapOf(results),
    variables: mapOf(variables),
    resources: mapOf(resources),
  }
}

function mapOf(values: Readonly<Record<string, unknown>> = {}): ReadonlyMap<string, JsonData> {
  return new Map(Object.entries(values).map(([key, value]) => [key, dataOf(value)]))
}

function dataOf(value: unknown): JsonData {
  return JsonData.ofText(JSON.stringify(value))
}
