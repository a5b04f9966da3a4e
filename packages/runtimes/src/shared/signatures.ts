import type { Arg, ArgType, Signature } from '../signature.ts'

/** The signature of a source without `main`. */
export const librarySignature: Signature = {
  args: [],
  starArgs: false,
  starKwargs: false,
  autoKind: 'lib',
  hasPreprocessor: false,
}

/** An argument that must be given. */
export function requiredArg(name: string, typ: ArgType): Arg {
  return { name, typ, hasDefault: false, default: null, otyp: undefined }
}

/** An argument that may be left out. */
export function optionalArg(name: string, typ: ArgType, value: unknown = null): Arg {
  return { name, typ, hasDefault: true, default: value, otyp: undefined }
}
