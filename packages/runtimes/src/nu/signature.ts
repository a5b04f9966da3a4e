import { ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { readLiteral } from './literal.ts'
import { readParameters, type Parameter } from './parameters.ts'
import { readType } from './type-reader.ts'

/**
 * The parameters of `def main […]` of a source of Nushell. There is no grammar of it here: a source counts as broken when
 * the parameters are not closed, the rest is seen when it runs.
 */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const parameters = readParameters(source)
  if (!parameters.ok) return parameters
  const hasPreprocessor = /^[ \t]*(?:export[ \t]+)?def[ \t]+preprocessor\b/m.test(source)
  if (!parameters.value) return ok({ ...librarySignature, hasPreprocessor })
  return ok({ ...librarySignature, args: parameters.value.map(toArg), autoKind: null, hasPreprocessor })
}

function toArg(parameter: Parameter): Arg {
  const { kind, name, type, defaultText } = parameter
  const declared = type === undefined ? undefined : readType(type)
  if (kind === 'rest') return optionalArg(name, { list: declared ?? 'unknown' }, [])
  if (kind === 'flag' && declared === undefined && defaultText === undefined) return optionalArg(name, 'bool', false)
  const literal = defaultText === undefined ? undefined : readLiteral(defaultText)
  const typ = declared ?? literal?.typ ?? 'unknown'
  return parameter.isRequired ? requiredArg(name, typ) : optionalArg(name, typ, literal?.value ?? null)
}
