import type { ProcessRuntime, ScriptSource, FoundToolchain } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { phpCommand } from './command.ts'
import { dependencies, PACKAGES } from './dependencies.ts'
import { localRun } from './local-run.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `<?php

function main(string $name, int $times = 1)
{
    $greeting = "Hello $name";
    for ($count = 0; $count < $times; $count++) {
        echo "$greeting\\n";
    }
    return ['greeting' => $greeting, 'times' => $times];
}
`

/** PHP. */
export const php: ProcessRuntime = {
  kind: 'process',
  id: 'php',
  info: {
    label: 'PHP',
    extension: '.php',
    aliases: ['php'],
    editor: 'php',
    icon: 'PH',
    starter: STARTER,
    local: localRun,
  },
  files: new URL('./files/', import.meta.url),
  grammar: 'php',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  return {
    files: { 'main.php': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: [...phpCommand(toolchain), '/runtime/wrapper.php'],
      env: { ...jobEnvironment, ...(script.lock ? { MILLRACE_PACKAGES: PACKAGES } : {}) },
      encodeInput: ({ args, env }) => encodeJson({ args, env }),
    },
    withoutFrame: 'error',
  }
}
