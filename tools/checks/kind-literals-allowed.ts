/** Places where a literal equals the id of a language and means something else; `why` says what. */
export const kindLiteralsAllowed: readonly {
  readonly file: string
  readonly literals: readonly string[]
  readonly why: string
}[] = [
  {
    file: 'packages/runtimes/src/shared/typescript/specifier.ts',
    literals: ['bun'],
    why: 'the module that the engine itself brings',
  },
  {
    file: 'packages/runtimes/src/shared/typescript/bun-prepare.ts',
    literals: ['bun'],
    why: 'what the bundler calls an engine that it makes programs for',
  },
]
