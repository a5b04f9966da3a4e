import type { JobInput, Launch, Prepared } from '../runtime.ts'
import { encodeEnvironment } from './encode-input.ts'
import { jobEnvironment } from './job-environment.ts'

/** Reads the environment of its job from descriptor 3 (`encodeEnvironment`) and becomes the command, which reads the rest. */
const SCRIPT = `
while IFS= read -r -d '' entry <&3 || exit 0; do
  [[ -n $entry ]] || break
  export "\${entry?}" 2>/dev/null
done
unset entry
exec "$@"`

const PROGRAM = '/job/program'

/** How a program that a build makes is started: the boxes that are made ahead serve any script of the language. */
export function launchProgram(encodeInput: (input: JobInput) => Uint8Array): {
  readonly launch: Launch
  readonly launchWithoutNesting: NonNullable<Prepared['launchWithoutNesting']>
} {
  return {
    launch: { strategy: 'spawn', argv: [PROGRAM], env: jobEnvironment, encodeInput },
    launchWithoutNesting: {
      strategy: 'prewarm',
      argv: ['/bin/bash', '--noprofile', '--norc', '-c', SCRIPT, 'parked', PROGRAM],
      env: jobEnvironment,
      encodeInput: (input) => Buffer.concat([encodeEnvironment(input.env), encodeInput(input)]),
    },
  }
}
