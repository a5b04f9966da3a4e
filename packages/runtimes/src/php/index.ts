import type { ProcessRuntime, ScriptSource, FoundToolchain } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
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

/** The box bounds memory, warnings belong to the log, and arguments of calls are nobody's business. */
const SETTINGS = ['memory_limit=-1', 'display_errors=stderr', 'variables_order=EGPCS', 'zend.exception_ignore_args=1']

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
  parseSignature,
  findToolchain,
  prepare,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const extensions = toolchain.paths['extensions']?.split(',').filter((file) => file !== '') ?? []
  const settings = [...SETTINGS, ...extensions.map((file) => `extension=${file}`)]
  return {
    files: { 'main.php': script.content },
    build: undefined,
    launch: {
      strategy: 'prewarm',
      argv: [
        toolchain.paths['php'] ?? 'php',
        '-n',
        ...settings.flatMap((setting) => ['-d', setting]),
        '/runtime/wrapper.php',
      ],
      env: jobEnvironment,
      encodeInput: ({ args, env }) => encodeJson({ args, env }),
    },
    withoutFrame: 'error',
  }
}
