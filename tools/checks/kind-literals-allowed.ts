/** Places where a literal equals the id of a language and means something else; `why` says what. */
export const kindLiteralsAllowed: readonly {
  readonly file: string
  readonly literals: readonly string[]
  readonly why: string
}[] = [
  { file: 'e2e/samples/sdk/client.ts', literals: ['postgresql'], why: 'a resource type with the name of a language' },
  { file: 'tools/checks/kind-literals-allowed.ts', literals: ['bun', 'postgresql'], why: 'this list itself' },
  {
    file: 'packages/runtimes/src/shared/typescript/bun-prepare.ts',
    literals: ['bun'],
    why: 'what the bundler calls an engine that it makes programs for',
  },
  {
    file: 'packages/runtimes/src/shared/typescript/local-run.ts',
    literals: ['bun'],
    why: 'the command that an engine has on the path of whoever debugs a script',
  },
]
