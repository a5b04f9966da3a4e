import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'
import { splitWords } from './split-items.ts'

/** A parameter of `main`, as written. */
export interface Parameter {
  readonly kind: 'positional' | 'flag' | 'rest'
  /** As the script sees it: `--dry-run` is `dry_run`. */
  readonly name: string
  /** As callers write it. */
  readonly written: string
  readonly type: string | undefined
  readonly defaultText: string | undefined
  readonly isRequired: boolean
}

const DEFINITION =
  /^[ \t]*(?:export[ \t]+)?def[ \t]+(?:--?[\w-]+[ \t]+)*(?:main|"main"|'main')(?:[ \t]+--?[\w-]+)*\s*([[(])/m
/** The parameters of the command `main`; undefined where there is none. */
export function readParameters(source: string): Result<readonly Parameter[] | undefined, SignatureProblem> {
  const found = DEFINITION.exec(source)
  if (!found) return ok(undefined)
  const start = found.index + found[0].length
  const words = splitWords(source, start, found[1] === '(' ? ')' : ']')
  if (words) return ok(toParameters(words))
  const line = source.slice(0, start).split('\n').length
  return err({ message: `the parameters of main are not closed that begin on line ${line}`, line })
}

function toParameters(words: readonly string[]): Parameter[] {
  const parameters: Parameter[] = []
  for (let at = 0; at < words.length; at++) {
    const head = words[at] ?? ''
    // The short form of a flag: `--force (-f)`.
    if (/^\(-.*\)$/.test(head) || /^-[^-]/.test(head)) continue
    let type: string | undefined
    let defaultText: string | undefined
    if (/^\(-.*\)$/.test(words[at + 1] ?? '')) at += 1
    if (words[at + 1] === ':') type = words[(at += 2)]
    if (words[at + 1] === '=') defaultText = words[(at += 2)]
    parameters.push(toParameter(head, type, defaultText))
  }
  return parameters
}

function toParameter(head: string, declared: string | undefined, defaultText: string | undefined): Parameter {
  // What completes a type as it is typed in a terminal says nothing of the type, unless it is a list of what there is.
  const type = declared?.replace(/@(?!\[).*$/s, '')
  if (head.startsWith('...')) return { ...named('rest', head.slice(3)), type, defaultText, isRequired: false }
  const flag = /^--([\w-]+)/.exec(head)?.[1]
  if (flag !== undefined) return { ...named('flag', flag), type, defaultText, isRequired: false }
  const isRequired = !head.endsWith('?') && defaultText === undefined
  return { ...named('positional', head.replace(/\?$/, '')), type, defaultText, isRequired }
}

function named(kind: Parameter['kind'], written: string): Pick<Parameter, 'kind' | 'name' | 'written'> {
  return { kind, written, name: written.replace(/^\$/, '').replaceAll('-', '_') }
}
