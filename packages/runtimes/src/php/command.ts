import type { FoundToolchain } from '../runtime.ts'

/** The box bounds memory, warnings belong to the log, and arguments of calls are nobody's business. */
const SETTINGS = ['memory_limit=-1', 'display_errors=stderr', 'variables_order=EGPCS', 'zend.exception_ignore_args=1']

/** PHP with the extensions of its host and none of its settings. */
export function phpCommand(toolchain: FoundToolchain): readonly [string, ...string[]] {
  const extensions = toolchain.paths['extensions']?.split(',').filter((file) => file !== '') ?? []
  const settings = [...SETTINGS, ...extensions.map((file) => `extension=${file}`)]
  return [toolchain.paths['php'] ?? 'php', '-n', ...settings.flatMap((setting) => ['-d', setting])]
}
