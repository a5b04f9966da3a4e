import { readFileSync } from 'node:fs'
import type { Build, FoundToolchain, ProcessRuntime, ScriptSource } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { encodeJson } from '../shared/encode-input.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { dependencies, PACKAGES } from './dependencies.ts'
import { parseSignature, readMainClass } from './signature.ts'
import { findToolchain } from './toolchain.ts'

const STARTER = `import java.util.Map;

public class Main {
    public static Object main(String name, Integer times) {
        String greeting = "Hello " + name;
        int count = times == null ? 1 : times;
        for (int index = 0; index < count; index++) {
            System.out.println(greeting);
        }
        return Map.of("greeting", greeting, "times", count);
    }
}
`
const COMPILE = readFileSync(new URL('./files/Compile.java', import.meta.url), 'utf8')
const SETTINGS = ['-XX:+UseSerialGC', '-XX:-UsePerfData', '-Xshare:auto', '-Dfile.encoding=UTF-8'] as const
/** Descriptor 3 and the environment are beyond what a Java program may touch. */
const OPENED = ['java.base/java.io', 'java.base/java.lang', 'java.base/java.util'].map(
  (name) => `--add-opens=${name}=ALL-UNNAMED`,
)
/** Out of the script's way; Java closes for its children what is above 2. */
const CHANNEL = '500'

/** Java. */
export const java: ProcessRuntime = {
  kind: 'process',
  id: 'java',
  info: { label: 'Java', extension: '.java', aliases: ['java'], editor: 'java', icon: 'JA', starter: STARTER },
  files: new URL('./files/', import.meta.url),
  grammar: 'java',
  parseSignature,
  findToolchain,
  prepare,
  dependencies,
}

function prepare(script: ScriptSource, toolchain: FoundToolchain): ReturnType<ProcessRuntime['prepare']> {
  const { root, wrapper = '' } = toolchain.paths
  const signature = parseSignature(script.content)
  const names = signature.ok ? signature.value.args.map((arg) => arg.name) : []
  const className = readMainClass(script.content)
  const program = [`${root}/bin/java`, ...SETTINGS, ...OPENED, '-cp', wrapper, 'millrace.Wrapper', CHANNEL, PACKAGES]
  return {
    files: { 'Main.java': script.content },
    build: describeBuild(script, toolchain),
    launch: {
      strategy: 'prewarm',
      argv: ['/bin/bash', '--noprofile', '--norc', '-c', `exec "$@" ${CHANNEL}<&3 3<&-`, 'java', ...program],
      env: jobEnvironment,
      encodeInput: ({ args, env }) => encodeJson({ args, env, names, className }),
    },
    withoutFrame: 'error',
  }
}

function describeBuild(script: ScriptSource, toolchain: FoundToolchain): Build {
  const { root, wrapper = '' } = toolchain.paths
  const quick = [...SETTINGS, '-XX:TieredStopAtLevel=1']
  return {
    key: contentKey([toolchain.version, COMPILE, script.content, script.lock]),
    files: { 'Main.java': script.content },
    argv: [`${root}/bin/java`, ...quick, '-cp', wrapper, 'millrace.Compile', PACKAGES],
    env: jobEnvironment,
    cache: false,
    network: 'none',
    output: 'program',
  }
}
