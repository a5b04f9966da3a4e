/**
 * Runs as the first process of the box's namespaces, still with the rights to mount. It reads its plan from descriptor 4,
 * builds a root of the named folders only, moves into it, gives all rights up and runs the command; it stays, as the one
 * that reaps orphans and whose end ends the box.
 */
export const ENTER_BOX = `
fail() { echo "box: $1" >&2; echo fault >&6; exit 125; }
view() { place "$1" "$2"; mount --bind "$1" "$root$2" && mount -o remount,bind,ro,nosuid,nodev "$root$2" || fail "cannot show $1"; }
share() { place "$1" "$2"; mount --bind "$1" "$root$2" && mount -o remount,bind,nosuid,nodev "$root$2" || fail "cannot share $1"; }
device() { : >"$root/dev/$1"; mount --bind "/dev/$1" "$root/dev/$1" || fail "cannot show /dev/$1"; }
place() {
  if [ -d "$1" ]; then mkdir -p "$root$2"; return; fi
  [ -e "$root$2" ] || { mkdir -p "$root\${2%/*}"; : >"$root$2"; }
}
room() { mkdir -p "$root$1"; mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$2" tmp "$root$1" || fail "cannot make $1"; }
link() { ln -s "$1" "$root$2"; }

plan=$(cat <&4)
exec 4>&-
root=$1
mount --make-rprivate / && mount -t tmpfs -o mode=755,nosuid,nodev box "$root" || fail 'cannot make a root'
mkdir "$root/dev" "$root/proc" "$root/tmp" "$root/old" && mount -t proc -o nosuid,nodev,noexec proc "$root/proc" || fail 'cannot make /proc'
for name in null zero full random urandom; do device "$name"; done
ln -s /proc/self/fd "$root/dev/fd"
for name in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/\${name#*:}" "$root/dev/\${name%:*}"; done
eval "$plan"

cd "$root" && pivot_root . old && umount -l /old && rmdir /old && mount -o remount,ro,bind / || fail 'cannot enter the root'
[ -z "$loopback" ] || ip link set lo up 2>/dev/null
cd "$folder" || fail "there is no $folder"
echo ready >&6
run
exit $?
`
