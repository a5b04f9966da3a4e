import type { FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { bridgeToWaiting } from '../shared/bridge.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { dependencies, hasInstalled, PACKAGES } from './dependencies.ts'
import { environmentOf } from './environment.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `main <- function(name, times = 1L) {
  greeting <- paste("Hello", name)
  for (count in seq_len(times)) cat(greeting, "\\n", sep = "")
  list(greeting = greeting, times = times)
}
`

/** R. */
export const rlang: ProcessRuntime = {
  kind: 'process',
  id: 'rlang',
  info: { label: 'R', extension: '.R', aliases: ['r', '.r'], editor: 'r', icon: 'R', starter: STARTER },
  files: new URL('./files/', import.meta.url),
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { home = '' } = toolchain.paths
  // Not by its starter, a shell script that needs the host's settings in /etc.
  const argv = [`${home}/bin/exec/R`, '--vanilla', '--no-echo', '--file=/runtime/wrapper.R']
  return {
    files: { 'main.R': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: bridgeToWaiting(argv),
      env: {
        ...environmentOf(toolchain, hasInstalled(script.lock) ? PACKAGES : undefined),
        MILLRACE_RUNTIME: '/runtime',
      },
      encodeInput: ({ args, env }) => encodeJson({ args, env }),
    },
    withoutFrame: 'error',
  }
}
