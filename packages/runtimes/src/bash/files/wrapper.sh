# Called with the word `environment`, ahead of its job, it first reads that from descriptor 3 (entries ended by NUL, the last one
# empty). Then reads `<bytes>\n` and that many bytes of NUL-terminated arguments, runs the script with them, and answers with the result
# file that the script wrote, if it wrote one. Else its last line of stdout counts.
__read_environment() {
  local entry
  while IFS= read -r -d '' entry <&3 || exit 0; do
    [[ -n $entry ]] || return
    export "${entry?}" 2>/dev/null
  done
}
__read_arguments() {
  # Lengths are in bytes.
  local LC_ALL=C size argument
  IFS= read -r size <&3 || exit 0
  __arguments=()
  if (( size > 4096 )); then
    # From a socket the shell reads single bytes, from a file it does not.
    head -c "$size" <&3 >/tmp/.arguments
    mapfile -d '' -t __arguments </tmp/.arguments
    rm -f /tmp/.arguments
  fi
  while (( size > 0 && size <= 4096 )); do
    IFS= read -r -d '' argument <&3 || exit 1
    __arguments+=("$argument")
    (( size -= ${#argument} + 1 ))
  done
}
if [[ ${1-} == environment ]]; then __read_environment; fi
__read_arguments
# A signal to end reaches the script too, which has its own way of ending: this waits for it. In the script it is as ever.
trap : TERM
# What this shell says about a script that was killed is nobody's log.
{
  (
    set -- "${__arguments[@]}"
    unset __arguments
    unset -f __read_environment __read_arguments
    BASH_ARGV0=main.sh
    source "$PWD/main.sh"
  ) 2>&4 3>&- 4>&-
} 4>&2 2>/dev/null
__code=$?
(( __code == 0 )) || exit "$__code"
for __pair in result.json:result result.out:text; do
  __file=${__pair%:*}
  [[ -f $__file ]] || continue
  printf '%s %d\n' "${__pair#*:}" "$(stat -L -c %s "$__file")" >&3
  cat "$__file" >&3
  exit 0
done
exit 0
