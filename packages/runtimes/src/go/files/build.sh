# Called with the go command; builds /job into /job/program and tells faults in terms of the script.
if output=$("$1" build -trimpath -buildvcs=false -ldflags='-s -w' -o program . 2>&1); then
  exit 0
fi
case $output in
  *GOPROXY=off* | *'no required module provides'* | *'cannot find module providing'*)
    echo 'the script imports packages outside the standard library; dependencies are not supported yet for Go:' >&2
    ;;
  *'undefined: main'*)
    echo 'the script has no function main' >&2
    exit 1
    ;;
esac
printf '%s\n' "$output" | sed -e '/^# /d' -e 's|^\(\./\)\{0,1\}inner/main\.go|main.go|' >&2
exit 1
