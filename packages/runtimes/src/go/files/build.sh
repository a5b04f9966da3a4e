# Called with the go command; builds /job into /job/program and tells faults in terms of the script.
if output=$("$1" build -trimpath -buildvcs=false -ldflags='-s -w' -o program . 2>&1); then
  exit 0
fi
case $output in
  *'no required module provides'* | *'cannot find module providing'* | *'missing go.sum entry'*)
    echo 'the script imports packages that its lock does not have; deploy it again to pin them:' >&2
    ;;
  *'undefined: main'*)
    echo 'the script has no function main' >&2
    exit 1
    ;;
esac
printf '%s\n' "$output" | sed -e '/^# /d' -e 's|^\(\./\)\{0,1\}inner/main\.go|main.go|' >&2
exit 1
