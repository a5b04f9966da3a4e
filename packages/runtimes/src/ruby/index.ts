import type { FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { dependencies, PACKAGES } from './dependencies.ts'
import { localRun } from './local-run.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `def main(name, times = 1)
  greeting = "Hello #{name}"
  times.times { puts greeting }
  { greeting: greeting, times: times }
end
`

/** Errors have a line in their stack; the excerpt of the source that newer Rubies add to the message is not wanted. */
const FLAGS = ['--disable=rubyopt,error_highlight', '-W1']
/** It looks for packages only when something is asked for, and loads three times as long for that. */
const FLAGS_ALONE = ['--disable=gems,rubyopt,error_highlight', '-W1']
/**
 * What a script says that takes more than Ruby's core. A constant that is not named here is found all the same, later; functions and
 * methods that a library adds to the core are not.
 */
const LIBRARIES =
  /\b(?:require|load|gem\w*|autoload|BigDecimal|Date\w*|Digest|ERB|FileUtils|Gem|Net|Open3|OpenSSL|Pathname|SecureRandom|Socket|StringIO|TCP\w+|Tempfile|Timeout|URI|YAML|Zlib|mktmpdir|tmpdir|to_d|to_yaml|to_date\w*|to_time|to_digits|pathname|parse|strptime|iso8601|xmlschema|httpdate|rfc\d+|hex|base64|urlsafe_base64|uuid|alphanumeric|random_\w+)\b/

/** Ruby. */
export const ruby: ProcessRuntime = {
  kind: 'process',
  id: 'ruby',
  info: {
    label: 'Ruby',
    extension: '.rb',
    aliases: ['rb'],
    editor: 'ruby',
    icon: 'RB',
    starter: STARTER,
    local: localRun,
  },
  files: new URL('./files/', import.meta.url),
  grammar: 'ruby',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const signature = parseSignature(script.content)
  const args = signature.ok ? signature.value.args : []
  const defaults = Object.fromEntries(
    args.filter((arg) => arg.hasDefault && arg.default !== null).map((arg) => [arg.name, arg.default]),
  )
  const isAlone = !script.lock && !LIBRARIES.test(script.content)
  const command = isAlone ? [...FLAGS_ALONE, '/runtime/wrapper.rb'] : [...FLAGS, '/runtime/wrapper.rb', 'libraries']
  return {
    files: { 'main.rb': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: [toolchain.paths['ruby'] ?? 'ruby', ...command],
      env: { ...jobEnvironment, ...(script.lock ? { MILLRACE_GEMS: gemsFolder(toolchain) } : {}) },
      encodeInput: ({ args: given, env }) => encodeJson({ args: given, env, defaults }),
    },
    withoutFrame: 'error',
  }
}

/** Where Bundler puts what it installs. */
function gemsFolder(toolchain: FoundToolchain): string {
  return `${PACKAGES}/ruby/${toolchain.paths['api'] ?? ''}`
}
