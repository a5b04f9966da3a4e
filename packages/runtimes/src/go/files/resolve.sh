# Called with the go command; pins what /job/inner imports and writes go.mod, a line `//go.sum`, and go.sum to /job/lock.
if ! output=$("$1" list -mod=mod -deps ./inner 2>&1 >/dev/null); then
  printf '%s\n' "$output" | sed -e '/^go: finding module/d' -e '/^go: downloading/d' -e '/^go: found /d' \
    -e '/^# /d' -e 's|^inner/imports\.go:[0-9:]* ||' >&2
  exit 1
fi
printf '%s\n' "$output" | sed -n -e 's/^go: found .* in /found /p'
touch go.sum
{ cat go.mod; echo '//go.sum'; cat go.sum; } >lock
