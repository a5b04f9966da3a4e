/** The type of one argument, in the vocabulary that all clients share. */
export type ArgType =
  | 'int'
  | 'float'
  | 'bool'
  | 'bytes'
  | 'datetime'
  | 'date'
  | 'email'
  | 'sql'
  | 'yaml'
  | 'unknown'
  | { readonly str: readonly string[] | null }
  | { readonly list: ArgType }
  | { readonly resource: string }
  | { readonly object: { readonly name: string | null; readonly props: readonly Property[] } }
  | { readonly oneof: readonly { readonly label: string; readonly properties: readonly Property[] }[] }
  | { readonly dynselect: string }
  | { readonly dynmultiselect: string }

/** A named member of an object type. */
export interface Property {
  readonly key: string
  readonly typ: ArgType
}

/** One parameter of `main`. */
export interface Arg {
  readonly name: string
  readonly typ: ArgType
  readonly hasDefault: boolean
  /** JSON value of a literal default; `null` where it is no literal. */
  readonly default: unknown
  /** The type as written, where a client shows it (docstring texts of Python become the description). */
  readonly otyp: string | undefined
}

/** What `main` of a script takes. */
export interface Signature {
  readonly args: readonly Arg[]
  readonly starArgs: boolean
  readonly starKwargs: boolean
  /** `lib`: no main, a library; `wac`: a workflow as code. */
  readonly autoKind: 'lib' | 'wac' | null
  readonly hasPreprocessor: boolean
}
