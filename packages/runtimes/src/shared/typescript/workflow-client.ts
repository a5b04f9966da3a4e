import { readImports } from './imports.ts'
import { readSpecifier, type PackageImport } from './specifier.ts'

/** The published package that workflows are written with. */
const CLIENT = 'windmill-client'
/** What the wrapper finds it under, whatever the script imports of it; known to `files/answer.mjs`. */
const EXPORT = '__workflow_client'

/** Whether a source may be a workflow: it calls `workflow(…)` of the client. */
export function mayBeWorkflow(source: string): boolean {
  return source.includes(CLIENT) && /\bworkflow\s*\(/.test(source)
}

/** A last line for a script that may be a workflow, by which the wrapper has the very client that the script has. */
export function clientExport(
  source: string,
  naming: (specifier: PackageImport, text: string) => string | undefined,
  path: string | undefined,
): string {
  if (!mayBeWorkflow(source)) return ''
  for (const site of readImports(source)) {
    const specifier = readSpecifier(site.specifier, path)
    if (specifier.kind === 'package' && specifier.name === CLIENT && specifier.subpath === '')
      return `\nexport * as ${EXPORT} from ${JSON.stringify(naming(specifier, site.specifier) ?? site.specifier)}\n`
  }
  return ''
}
