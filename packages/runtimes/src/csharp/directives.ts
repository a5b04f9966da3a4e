const DIRECTIVE = /^[ \t]*#r\b.*$/gm
const PACKAGE = /^[ \t]*#r[ \t]+"nuget:[ \t]*([^",]+?)[ \t]*(?:,[ \t]*([^"]+?)[ \t]*)?"/gm

/** A package of NuGet that a script asks for. */
export interface PackageReference {
  readonly id: string
  readonly version: string | undefined
}

/** The source as a compiler takes it: lines that begin with `#r` are for scripts alone. All others stay where they are. */
export function withoutDirectives(source: string): string {
  return source.replaceAll(DIRECTIVE, '')
}

/** What `#r "nuget: Id, 1.2.3"` lines ask for. */
export function readPackages(source: string): readonly PackageReference[] {
  return [...source.matchAll(PACKAGE)].map(([, id = '', version]) => ({ id, version }))
}
