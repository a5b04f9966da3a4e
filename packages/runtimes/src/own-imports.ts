import { findPackagedRuntime } from './registry.ts'

/** A source and where it is: its path says what it imports by relative paths. */
export interface PlacedSource {
  readonly path: string
  readonly language: string
  readonly content: string
}

/** What a dependency file is imported as. */
export function dependencyFilePath({ language, name }: { readonly language: string; readonly name: string }): string {
  return name === '' ? `dependencies/${language}` : `dependencies/${language}/${name}`
}

/** What a source imports itself: scripts by their paths, dependency files as these are imported; its grammar is loaded. */
export function findOwnImports({ path, language, content }: PlacedSource): readonly string[] {
  const dependencies = findPackagedRuntime(language)?.dependencies
  if (!dependencies) return []
  const files = dependencies.manifestNames(content).map((name) => dependencyFilePath({ language, name }))
  return [...dependencies.workspaceImports(content, path).filter((imported) => imported !== path), ...files]
}
