import { readFile } from 'node:fs/promises'
import { invariant } from '@millrace/base/invariant'

const PAGE = new URL('../../../../../docs/workflows-as-code.md', import.meta.url)
const EXAMPLE = /It gives `(.+)` for the arguments `(.+)`\.\n\n```(\w+)\n([\s\S]*?)```/g
const LANGUAGES: Readonly<Record<string, string>> = { ts: 'bun', python: 'python3' }

/** A workflow of the documentation, and what it says of it. */
export interface Example {
  readonly language: string
  readonly content: string
  readonly args: Readonly<Record<string, unknown>>
  readonly result: unknown
}

/** The workflows of the documentation, as they stand there. */
export async function readExamples(): Promise<readonly Example[]> {
  const found = [...(await readFile(PAGE, 'utf8')).matchAll(EXAMPLE)]
  invariant(found.length > 0, 'the page has no examples')
  return found.map(([, result = '', args = '', word = '', content = '']) => ({
    language: LANGUAGES[word] ?? word,
    content,
    args: JSON.parse(args),
    result: JSON.parse(result),
  }))
}
