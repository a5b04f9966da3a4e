import { kindLiteralsAllowed } from './kind-literals-allowed.ts'
import type { Check, Fault } from './fault.ts'
import { isTestFile, projectFiles, readProjectFile } from './project-files.ts'
import { sourceTexts } from './syntax.ts'

const RUNTIMES = 'packages/runtimes/src'

/**
 * The id of a language stands as a whole literal, or as a key, only in its own folder, in tests and in docs. Elsewhere it
 * would be the start of a second list of kinds: declare a capability on `Runtime` and ask for that.
 */
export const kindLiteralsCheck: Check = {
  name: 'kind-literals',
  find(root) {
    const sources = projectFiles(root, ['.ts', '.tsx', '.mts', '.mjs', '.js'])
    const owners = kindOwners(root, sources)
    return sources
      .filter((file) => !isTestFile(file))
      .flatMap((file) => faultsOf(root, file, owners))
      .filter((fault) => !isAllowed(fault))
  },
}

interface KindFault extends Fault {
  readonly kind: string
}

/** Ids as the runtimes declare them (`id: '…'` in `<folder>/index.ts`), each with its folder. */
function kindOwners(root: string, sources: readonly string[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const file of sources) {
    const folder = /^(packages\/runtimes\/src\/[^/]+)\/index\.ts$/.exec(file)?.[1]
    if (folder === undefined) continue
    const id = /^\s+id: '([^']+)'/m.exec(readProjectFile(root, file))?.[1]
    if (id === undefined) throw new Error(`${file} declares no id of a runtime in the form "id: '…'"`)
    owners.set(id, folder)
  }
  if (owners.size === 0) throw new Error(`the check of kind literals finds no runtime with an id below ${RUNTIMES}`)
  return owners
}

function faultsOf(root: string, file: string, owners: ReadonlyMap<string, string>): readonly KindFault[] {
  const texts = sourceTexts(file, readProjectFile(root, file))
  return texts.flatMap(({ role, value, line }) => {
    const owner = role === 'import' ? undefined : owners.get(value)
    if (owner === undefined || file.startsWith(`${owner}/`)) return []
    const message = `names the kind '${value}' outside ${owner}; declare what differs on Runtime and ask for that`
    return [{ file, line, message, kind: value }]
  })
}

function isAllowed(fault: KindFault): boolean {
  return kindLiteralsAllowed.some(({ file, literals }) => file === fault.file && literals.includes(fault.kind))
}
