# Carries out attempts to get out of the box. A line of the plan is an attempt: its name, its kind, and the words of that.
# System calls and sockets are made by perl, which most systems have; where it is missing they stay untried.
plan="$1"

S=$'\x1f'
# Refused by EPERM, EACCES, ENOSYS or EAFNOSUPPORT.
CALL='my @none = (-1) x 6; my $r = syscall(int($ARGV[0]), @none); my $e = $! + 0;
  exit(($r != -1 || !grep { $e == $_ } 1, 13, 38, 97) ? 0 : 1)'
SOCKET='exit(socket(my $s, $ARGV[0], $ARGV[1], $ARGV[2]) ? 0 : 1)'
UNIX='socket(my $s, 1, 1, 0) or exit 1; exit(connect($s, pack("S a*", 1, $ARGV[0])) ? 0 : 1)'
ABSTRACT='socket(my $s, 1, 1, 0) or exit 1; exit(connect($s, pack("S a*", 1, "\0$ARGV[0]")) ? 0 : 1)'

holds() {
  if [[ -n $2 ]]; then head -c 65536 -- "$1" | grep -aqF -- "$2"; else [[ -n $(head -c 1 -- "$1" | tr '\0' x) ]]; fi
}

try() {
  local kind="$1" path pid place
  shift
  case "$kind" in
    read) [[ -f $1 && -r $1 ]] && holds "$1" "$2" ;;
    list) if [[ -n $2 ]]; then ls -A -- "$1" | grep -qxF -- "$2"; else [[ -n $(ls -A -- "$1") ]]; fi ;;
    open) [[ -e $1 ]] && (exec 9>>"$1") ;;
    create) (set -o noclobber; : >"$1/.millrace-escape") && rm -f "$1/.millrace-escape" ;;
    trace)
      path="$1/.millrace-trace"
      if [[ -e $path ]]; then rm -f "$path"; return 0; fi
      [[ $2 == 1 ]] && : >"$path"
      return 1
      ;;
    symlink) ln -sfn -- "$1" way-out && holds way-out "$2" ;;
    hardlink) ln -- "$1" way-out-too && rm -f way-out-too ;;
    tcp) timeout 0.3 bash -c 'exec 9<>"/dev/tcp/$0/$1"' "$1" "$2" ;;
    unix) [[ -e $1 ]] && perl -e "$UNIX" "$1" ;;
    abstract) perl -e "$ABSTRACT" "$1" ;;
    env) env | grep -qF -- "$1" || holds /proc/self/environ "$1" ;;
    scan)
      for path in /proc/[0-9]*; do
        # Its own searches have the word in their commands.
        pid="${path#/proc/}"
        [[ -f $path/$1 && -r $path/$1 && $pid != "$BASHPID" && $pid != $$ ]] || continue
        [[ $(tr '\0' '\n' <"$path/$1") == *"$2"* ]] && return 0
      done
      return 1
      ;;
    memory)
      place=$(grep -F '[stack]' "/proc/$1/maps") || return 1
      place="${place%% *}"
      dd if="/proc/$1/mem" bs=4096 skip=$((0x${place%-*} / 4096)) count=$(((0x${place#*-} - 0x${place%-*}) / 4096)) | grep -aqF -- "$2"
      ;;
    signal) kill -0 "$1" ;;
    call) perl -e "$CALL" "$1" ;;
    socket) perl -e "$SOCKET" "$@" ;;
    run) [[ $(timeout 5 sh -c "$2" </dev/null) == *"$1"* ]] ;;
    descriptors)
      for path in /proc/$BASHPID/fd/*; do
        [[ -d $path || -f $path || -b $path ]] || continue
        case "$(readlink "$path")" in /job | /job/* | /proc/* | /dev/* | /usr/* | /lib* | /runtime/*) ;; *) return 0 ;; esac
      done
      return 1
      ;;
    leave)
      setsid sleep "$1" </dev/null >/dev/null 2>&1 &
      return 1
      ;;
  esac
}

while IFS="$S" read -r name kind first second third; do
  verdict=refused
  case "$kind" in call | socket | unix | abstract) command -v perl >/dev/null || verdict=untried ;; esac
  if [[ $verdict == refused ]] && try "$kind" "$first" "$second" "$third" >/dev/null 2>&1; then verdict=achieved; fi
  printf '~escape%s%s%s%s%s\n' "$S" "$name" "$S" "$verdict" "$S"
done <<<"$plan"
