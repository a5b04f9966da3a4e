import type { Build, FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { compileCommand, SOURCE } from './compile.ts'
import { dependencies } from './dependencies.ts'
import { withoutDirectives } from './directives.ts'
import { parseSignature } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `using System;

public class Script
{
    public static object Main(string name, int times = 1)
    {
        var greeting = "Hello " + name;
        for (var count = 0; count < times; count++)
        {
            Console.WriteLine(greeting);
        }
        return new { greeting, times };
    }
}
`
/** Out of the script's way; Mono closes for its children what is above 2. */
const CHANNEL = '500'

/** C#, as Mono compiles and runs it. */
export const csharp: ProcessRuntime = {
  kind: 'process',
  id: 'csharp',
  info: {
    label: 'C#',
    extension: '.cs',
    aliases: ['csharp', 'c#', 'dotnet'],
    editor: 'csharp',
    icon: 'C#',
    starter: STARTER,
  },
  files: new URL('./files/', import.meta.url),
  escapes: new URL('./escapes/driver.cs', import.meta.url),
  grammar: 'c-sharp',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { mono = '', program = '' } = toolchain.paths
  const signature = parseSignature(script.content)
  const names = signature.ok ? signature.value.args.map((arg) => arg.name) : []
  const command = [mono, '--debug', `${program}/Wrapper.exe`, CHANNEL]
  return {
    files: { [SOURCE]: script.content },
    build: describeBuild(script, toolchain),
    launch: {
      strategy: 'prewarm',
      argv: ['/bin/bash', '--noprofile', '--norc', '-c', `exec "$@" ${CHANNEL}<&3 3<&-`, 'csharp', ...command],
      env: environmentOf(toolchain),
      encodeInput: ({ args, env }) => encodeJson({ args, env, names }),
    },
    withoutFrame: 'error',
  }
}

function describeBuild(script: ScriptSource, toolchain: FoundToolchain): Build {
  const { mono = '', compiler = '', references = '' } = toolchain.paths
  const argv = compileCommand({ mono, compiler, assembly: 'main.dll', libraries: references.split(',') })
  const source = withoutDirectives(script.content)
  return {
    key: contentKey([toolchain.version, argv, source]),
    files: { [SOURCE]: source },
    argv,
    env: environmentOf(toolchain),
    cache: false,
    network: 'none',
    output: 'program',
  }
}

/** Mono's settings are in `/etc`, which jobs do not see; they are shown them elsewhere. */
function environmentOf(toolchain: FoundToolchain): Readonly<Record<string, string>> {
  return { ...jobEnvironment, MONO_CFG_DIR: toolchain.paths['program'] ?? '' }
}
