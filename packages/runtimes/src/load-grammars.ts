import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadDeclaredGrammars } from './grammar.ts'

/** Loads every declared grammar from the disk, once per process. Call it before `parseSignature` or `prepare`. */
export function loadGrammars(): Promise<void> {
  return loadDeclaredGrammars(readGrammarFile)
}

/** A file of the package of grammars. */
export function readGrammarFile(name: string): Promise<Uint8Array> {
  return readFile(join(dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm')), name))
}
