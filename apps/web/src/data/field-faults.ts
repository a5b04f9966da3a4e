import { ApiError } from '@millrace/client'

/** What a server found wrong with the fields of a body, by their path (`worker_tags.0`). */
export type FieldFaults = ReadonlyMap<string, string>

/** The faults of a refused call by field; empty when it failed for another reason. */
export function fieldFaults(error: unknown): FieldFaults {
  if (!ApiError.is(error) || error.code !== 'request.invalid') return new Map()
  const fields: unknown = Reflect.get(asObject(error.detail), 'fields')
  if (!Array.isArray(fields)) return new Map()
  return new Map(
    fields.flatMap((fault: unknown): [string, string][] => {
      const field: unknown = Reflect.get(asObject(fault), 'field')
      const message: unknown = Reflect.get(asObject(fault), 'message')
      return typeof field === 'string' && typeof message === 'string' ? [[field, message]] : []
    }),
  )
}

/** The first fault at a field or inside of it. */
export function faultAt(faults: FieldFaults, field: string): string | undefined {
  for (const [name, message] of faults) if (name === field || name.startsWith(`${field}.`)) return message
  return undefined
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
