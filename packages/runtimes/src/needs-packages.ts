import type { FoundToolchain, ProcessRuntime, ScriptSource } from './runtime.ts'

/** Whether there is a step matters here, not how it would be run. */
const ANY_TOOLCHAIN: FoundToolchain = {
  found: true,
  version: '',
  paths: new Proxy({}, { get: (_, name) => String(name) }),
  mounts: [],
}

/** Whether a script, with its modules, needs packages that are to be pinned; asked where no toolchain is at hand. */
export function needsPackages({ dependencies }: ProcessRuntime, script: ScriptSource): boolean {
  if (!dependencies) return false
  try {
    return dependencies.resolve(script, ANY_TOOLCHAIN, { env: {} }) !== undefined
  } catch {
    // Whoever has the toolchain finds out and says it.
    return true
  }
}
