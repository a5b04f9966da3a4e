import type { FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { bridgeToWaiting } from '../shared/bridge.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { encodeCall } from './call.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `def main [name: string, times: int = 1] {
  let greeting = $"Hello ($name)"
  for _ in 1..$times { print $greeting }
  { greeting: $greeting, times: $times }
}
`

/** Nushell. */
export const nu: ProcessRuntime = {
  kind: 'process',
  id: 'nu',
  info: {
    label: 'Nushell',
    extension: '.nu',
    aliases: ['nu', 'nushell'],
    editor: 'shell',
    icon: 'NU',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { nu: program = '' } = toolchain.paths
  const shell = ['/bin/bash', '--noprofile', '--norc', '/runtime/start.sh', program, '/runtime/wrapper.nu']
  return {
    files: { 'main.nu': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      // What a program is parsed with has to be there before it starts, so it is the shell that waits.
      argv: bridgeToWaiting(shell),
      env: jobEnvironment,
      encodeInput: (input) => encodeCall(script.content, input),
    },
    withoutFrame: 'error',
  }
}
