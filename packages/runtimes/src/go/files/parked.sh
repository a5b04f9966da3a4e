# Called with a command, ahead of its job; reads the environment from descriptor 3 (entries ended by NUL, the last one empty)
# and becomes the command, which reads the rest.
while IFS= read -r -d '' entry <&3 || exit 0; do
  [[ -n $entry ]] || break
  export "${entry?}" 2>/dev/null
done
unset entry
exec "$@"
