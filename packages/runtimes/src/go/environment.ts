import type { FoundToolchain } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'

/** What the go command finds in every step: nothing of the host's settings, and no other toolchain than this. */
export function goEnvironment(toolchain: FoundToolchain): Readonly<Record<string, string>> {
  return {
    ...jobEnvironment,
    GOROOT: toolchain.paths['root'] ?? '',
    GOCACHE: '/cache/build',
    GOPATH: '/tmp/go',
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOTELEMETRY: 'off',
    CGO_ENABLED: '0',
  }
}

/** `1.24` of `1.24.3`. */
export function languageVersion(toolchain: FoundToolchain): string {
  return toolchain.version.split('.').slice(0, 2).join('.')
}
