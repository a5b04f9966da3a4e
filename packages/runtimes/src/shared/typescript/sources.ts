import { posix } from 'node:path'
import type { ScriptSource } from '../../runtime.ts'
import { readImports } from './imports.ts'
import { readSpecifier, type Specifier } from './specifier.ts'
import { clientExport } from './workflow-client.ts'

/** File of the script itself in a job's folder; modules lie beside it by their path (`f/folder/name.ts`). */
export const MAIN_FILE = 'main.ts'

/** What an engine calls the module behind a specifier; undefined where it is as written. */
export type Naming = (specifier: Exclude<Specifier, { readonly kind: 'workspace' }>, text: string) => string | undefined

/** Everything that a script and its modules import, in a fixed order. */
export function importsOf(script: ScriptSource): readonly { readonly text: string; readonly specifier: Specifier }[] {
  return sourcesOf(script).flatMap(({ content, path }) =>
    readImports(content).map((site) => ({ text: site.specifier, specifier: readSpecifier(site.specifier, path) })),
  )
}

/** Paths of the scripts of the workspace that a source imports itself. */
export function workspaceImports(content: string, path: string | undefined): readonly string[] {
  const found = readImports(content).flatMap((site) => {
    const specifier = readSpecifier(site.specifier, path)
    return specifier.kind === 'workspace' && specifier.path !== path ? [specifier.path] : []
  })
  return [...new Set(found)]
}

/**
 * Script and modules as files of a job. Specifiers are put into the engine's words (`/f/a/b` becomes a relative file,
 * `lodash@4/get` what `naming` says), and nothing else changes: lines stay where they are.
 */
export function jobFiles(script: ScriptSource, naming: Naming): Readonly<Record<string, string>> {
  const files = new Map<string, string>()
  for (const source of sourcesOf(script)) files.set(source.file, rewrite(source, script.path, naming))
  return Object.fromEntries(files)
}

interface Source {
  readonly content: string
  readonly path: string | undefined
  readonly file: string
}

function sourcesOf(script: ScriptSource): readonly Source[] {
  const modules = Object.entries(script.modules ?? {})
    .filter(([path]) => path !== script.path)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    { content: script.content, path: script.path, file: MAIN_FILE },
    ...modules.map(([path, content]) => ({ content, path, file: `${path}.ts` })),
  ]
}

function rewrite({ content, path, file }: Source, mainPath: string | undefined, naming: Naming): string {
  let text = ''
  let done = 0
  for (const site of readImports(content)) {
    const specifier = readSpecifier(site.specifier, path)
    const name =
      specifier.kind === 'workspace'
        ? relativeFile(file, specifier.path === mainPath ? MAIN_FILE : `${specifier.path}.ts`)
        : naming(specifier, site.specifier)
    if (name === undefined) continue
    text += content.slice(done, site.start) + JSON.stringify(name).slice(1, -1)
    done = site.end
  }
  text += content.slice(done)
  return file === MAIN_FILE ? text + clientExport(content, naming, path) : text
}

function relativeFile(from: string, to: string): string {
  const relative = posix.relative(posix.dirname(from), to)
  return relative.startsWith('.') ? relative : `./${relative}`
}
