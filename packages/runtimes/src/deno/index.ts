import type { FoundToolchain, Launch, Prepared, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { readCalls } from '../shared/typescript/entries.ts'
import { localRunOn } from '../shared/typescript/local-run.ts'
import { importsOf, jobFiles, MAIN_FILE } from '../shared/typescript/sources.ts'
import { mayBeWorkflow } from '../shared/typescript/workflow-client.ts'
import { escapeDriver, STARTER, wrapperFiles } from '../shared/typescript/wrapper-files.ts'
import { parseSignature } from './signature.ts'
import { CACHE_FOLDER, denoDependencies, LOCK_FILE, nameForDeno, PACKAGES_FOLDER } from './dependencies.ts'
import { findToolchain } from './toolchain.ts'

const NODE_GLOBALS = /\b(process|Buffer|setImmediate)\b/

/** TypeScript on Deno: imports from URLs, npm and jsr. */
export const deno: ProcessRuntime = {
  kind: 'process',
  id: 'deno',
  info: {
    label: 'TypeScript on Deno',
    extension: '.deno.ts',
    aliases: ['deno'],
    editor: 'typescript',
    icon: 'DE',
    starter: STARTER,
    local: localRunOn('deno', 'run', '--allow-all'),
  },
  files: wrapperFiles,
  escapes: escapeDriver,
  grammar: 'typescript',
  parseSignature,
  findToolchain,
  prepare,
  dependencies: denoDependencies,
  mayBeWorkflow,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): Prepared {
  const calls = readCalls(script.content)
  // With a lock its packages are mounted, and with them the lock itself, which holds also for what is imported late. An empty one names none.
  const hasPackages = script.lock !== undefined && script.lock !== ''
  const locked = hasPackages ? [`--lock=${PACKAGES_FOLDER}/${LOCK_FILE}`, '--frozen'] : ['--no-lock']
  const launch = (strategy: Launch['strategy'], wrapper: string, ...words: readonly string[]): Launch => ({
    strategy,
    // Nothing is fetched while a job runs. What a script may do is said by its sandbox.
    argv: [
      toolchain.paths['engine'] ?? '',
      'run',
      '--quiet',
      '--allow-all',
      '--no-prompt',
      '--no-config',
      '--cached-only',
      ...locked,
      `/runtime/${wrapper}.mjs`,
      ...words,
    ],
    env: {
      ...jobEnvironment,
      DENO_DIR: hasPackages ? `${PACKAGES_FOLDER}/${CACHE_FOLDER}` : '/tmp/deno',
      DENO_NO_UPDATE_CHECK: '1',
      DENO_NO_PROMPT: '1',
      NO_COLOR: '1',
    },
    encodeInput: (input) =>
      encodeJson({ ...calls(input), file: MAIN_FILE, args: input.args, env: input.env, workflow: input.workflow }),
  })
  return {
    files: jobFiles(script, nameForDeno),
    build: undefined,
    launch: usesNode(script) ? launch('prewarm', 'deno', 'node') : launch('prewarm', 'deno'),
    dedicated: launch('dedicated', 'dedicated'),
    withoutFrame: 'error',
  }
}

/** Whether it takes what Deno has of Node, which costs more than Deno's own start; packages of npm are written for it. */
function usesNode(script: ScriptSource): boolean {
  if (NODE_GLOBALS.test(script.content)) return true
  return importsOf(script).some(
    ({ specifier }) => specifier.kind === 'builtin' || (specifier.kind === 'package' && specifier.registry === 'npm'),
  )
}
