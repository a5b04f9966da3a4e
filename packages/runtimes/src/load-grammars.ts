import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadDeclaredGrammars } from './grammar.ts'
import type { Runtime } from './runtime.ts'

/** Loads every declared grammar from the disk, once per process. */
export function loadGrammars(): Promise<void> {
  return loadDeclaredGrammars(readGrammarFile)
}

/** Loads what a runtime reads sources with, once per process. Call it before its `parseSignature`, `prepare` or `dependencies`. */
export function loadGrammarOf(runtime: Runtime): Promise<void> {
  const grammar = runtime.kind === 'process' ? runtime.grammar : undefined
  return grammar === undefined ? Promise.resolve() : loadDeclaredGrammars(readGrammarFile, grammar)
}

/** A file of the package of grammars. */
export function readGrammarFile(name: string): Promise<Uint8Array> {
  return readFile(join(dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm')), name))
}
