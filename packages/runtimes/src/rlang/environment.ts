import type { FoundToolchain } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'

/** What R has to be told where its starter does not; `library` comes before those of the host. */
export function environmentOf(toolchain: FoundToolchain, library?: string): Readonly<Record<string, string>> {
  const { home = '', share = '', loadPath = '', libraries = '' } = toolchain.paths
  return {
    ...jobEnvironment,
    R_HOME: home,
    R_SHARE_DIR: share,
    R_LIBS: library === undefined ? libraries : `${library}:${libraries}`,
    LD_LIBRARY_PATH: loadPath,
  }
}
