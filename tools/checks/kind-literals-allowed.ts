/** Places where a literal equals the id of a language and means something else; `why` says what. */
export const kindLiteralsAllowed: readonly {
  readonly file: string
  readonly literals: readonly string[]
  readonly why: string
}[] = []
