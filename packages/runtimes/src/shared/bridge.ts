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

/** The command of a bridge around an interpreter that waits for its job on stdin; its input is made by `encodeJson`. */
export function bridgeToWaiting(argv: readonly string[]): [string, ...string[]] {
  return ['/bin/bash', '--noprofile', '--norc', '-c', WAITING, 'bridge', ...argv]
}
