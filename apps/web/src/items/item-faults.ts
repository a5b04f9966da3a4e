import { ApiError } from '@millrace/client'
import { fieldFaults, type FieldFaults } from '../data/field-faults.ts'

/** Problems that are about one field although they are no faults of its form. */
const FIELDS: Readonly<Record<string, string>> = {
  'variable.path_taken': 'path',
  'variable.value_required': 'value',
  'resource.path_taken': 'path',
  'resource_type.name_taken': 'name',
  'auth.forbidden': 'path',
}

/** What a server found wrong with an item, by field; empty when it failed for another reason. */
export function itemFaults(error: unknown): FieldFaults {
  const faults = fieldFaults(error)
  if (faults.size > 0 || !ApiError.is(error)) return faults
  const field = FIELDS[error.code]
  return field === undefined ? faults : new Map([[field, error.message]])
}
