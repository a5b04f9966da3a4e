import type { JobInput } from '../runtime.ts'
import { encodeEnvironment } from './encode-input.ts'

/**
 * A bridge between the control channel, which is a socket, and an interpreter that can only read a stream and write files:
 * Bash, which holds the channel and shares it with nobody. What the interpreter leaves in its first working folder as
 * `.frame-result`, `.frame-text` or `.frame-error` is sent as that frame.
 */
const ANSWER = `
for kind in error result text; do
  [[ -f .frame-$kind ]] || continue
  printf '%s %d\\n' "$kind" "$(wc -c <".frame-$kind")" >&3
  cat ".frame-$kind" >&3
  break
done
# The interpreter was asked to end, and has: so does this.
(( code != 143 )) || { trap - TERM; kill -TERM $$; }
exit "$code"
`

/** The interpreter starts ahead of its job and finds it on stdin: one line of JSON, or nothing when there is none. */
const WAITING = `
trap : TERM
{ IFS= read -r size <&3 && exec head -c "$size" <&3; } | "$@" 3<&-
code=\${PIPESTATUS[1]}
${ANSWER}`

/** The interpreter starts when its job is there, with its environment, and finds files in its working folder. */
const STARTING = `
while IFS= read -r -d '' entry <&3 || exit 0; do
  [[ -n $entry ]] || break
  export "\${entry?}" 2>/dev/null
done
while IFS=' ' read -r size name <&3 && [[ -n $size ]]; do
  mkdir -p -- "$(dirname -- "$name")"
  head -c "$size" <&3 >"$name"
done
trap : TERM
"$@" 3<&- </dev/null
code=$?
${ANSWER}`

/** The command of a bridge around an interpreter that waits for its job on stdin; its input is made by `encodeJson`. */
export function bridgeToWaiting(argv: readonly string[]): [string, ...string[]] {
  return ['/bin/bash', '--noprofile', '--norc', '-c', WAITING, 'bridge', ...argv]
}

/** The command of a bridge that starts an interpreter when its job is there; its input is made by `encodeFiles`. */
export function bridgeToStarting(argv: readonly string[]): [string, ...string[]] {
  return ['/bin/bash', '--noprofile', '--norc', '-c', STARTING, 'bridge', ...argv]
}

/** The environment of a job and files for its working folder, by names without blanks at their ends or line feeds. */
export function encodeFiles(env: JobInput['env'], files: Readonly<Record<string, string>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const body = Buffer.from(text)
    return [Buffer.from(`${body.length} ${name}\n`), body]
  })
  return Buffer.concat([encodeEnvironment(env), ...parts, Buffer.from('\n')])
}
