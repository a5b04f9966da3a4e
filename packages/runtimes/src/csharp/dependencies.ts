import type { Dependencies, ScriptSource, Step } from '../runtime.ts'
import { refusal } from '../shared/refusal.ts'
import { readPackages } from './directives.ts'

/** Packages of NuGet are read from the source and refused: Mono has no program that pins and installs them. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve,
  install: () => undefined,
}

function resolve(script: ScriptSource): Step | undefined {
  const packages = readPackages(script.content)
  if (packages.length === 0) return undefined
  const names = packages.map(({ id, version }) => (version === undefined ? id : `${id} ${version}`)).join(', ')
  return refusal(
    `packages of NuGet cannot be installed for C# on Mono: ${names}; use the class library alone, or call a script in another language`,
    'lock',
  )
}
