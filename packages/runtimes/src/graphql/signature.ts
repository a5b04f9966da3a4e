import { ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { ArgType, Signature } from '../signature.ts'
import { readOperation, type VariableType } from './operation.ts'

/** What the server is, among the arguments. */
export const API = 'api'

const SCALARS: Readonly<Record<string, ArgType>> = {
  String: { str: null },
  ID: { str: null },
  Int: 'int',
  Float: 'float',
  Boolean: 'bool',
}

/** The variables of the operation, after the server that it goes to. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const read = readOperation(source)
  if (!read.ok) return read
  const variables = read.value?.variables ?? []
  const args = variables.map(({ name, type, hasDefault, defaultValue }) =>
    hasDefault || !type.isRequired ? optionalArg(name, typeOf(type), defaultValue) : requiredArg(name, typeOf(type)),
  )
  return ok({ ...librarySignature, autoKind: null, args: [requiredArg(API, { resource: 'graphql' }), ...args] })
}

/** What the document does not declare is an object: the types of its own are the server's. */
function typeOf(type: VariableType): ArgType {
  if ('list' in type) return { list: typeOf(type.list) }
  const known = Object.hasOwn(SCALARS, type.name) ? SCALARS[type.name] : undefined
  return known ?? { object: { name: null, props: [] } }
}
