/** Reads the environment of its job from descriptor 3 (`encodeEnvironment`) and becomes the command, which reads the rest. */
const SCRIPT = `
while IFS= read -r -d '' entry <&3 || exit 0; do
  [[ -n $entry ]] || break
  export "\${entry?}" 2>/dev/null
done
unset entry
exec "$@"`

/** A command started ahead of its job, for programs that a build makes: it serves any script of its language. */
export const parkedProgram: readonly [string, ...string[]] = [
  '/bin/bash',
  '--noprofile',
  '--norc',
  '-c',
  SCRIPT,
  'parked',
  '/job/program',
]
