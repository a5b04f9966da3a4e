import type { Result } from '@millrace/base/result'
import { loadDeclaredGrammars, type ReadGrammarFile } from './grammar.ts'
import type { SignatureProblem } from './runtime.ts'
import type { Signature } from './signature.ts'

/** The one entry of this package that browsers load too: nothing that is reached from here knows Node. */
export { toSchema } from './schema.ts'
export type { ReadGrammarFile }

/** The `parseSignature` of a language, with its grammar loaded. */
export type ReadSignature = (source: string) => Result<Signature, SignatureProblem>

/**
 * Loads the reader of one language, and of grammars only what it needs. Throws when there is no such language, or something
 * cannot be loaded.
 */
export async function loadSignatureReader(id: string, readFile: ReadGrammarFile): Promise<ReadSignature> {
  if (!/^[a-z0-9-]+$/.test(id)) throw new Error(`"${id}" is no id of a language`)
  // Bundlers make a chunk of each file that this can name, so the folders are the list of languages.
  const reader: unknown = await import(`./${id}/signature.ts`)
  if (!isReader(reader)) throw new Error(`${id}/signature.ts exports no parseSignature`)
  await loadDeclaredGrammars(readFile)
  return reader.parseSignature
}

function isReader(module: unknown): module is { readonly parseSignature: ReadSignature } {
  return (
    typeof module === 'object' &&
    module !== null &&
    'parseSignature' in module &&
    typeof module.parseSignature === 'function'
  )
}
