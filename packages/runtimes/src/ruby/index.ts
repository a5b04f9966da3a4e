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
  return {
    files: { 'main.rb': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: [toolchain.paths['ruby'] ?? 'ruby', ...FLAGS, '/runtime/wrapper.rb'],
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
