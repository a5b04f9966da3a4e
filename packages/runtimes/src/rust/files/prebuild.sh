# Called with cargo, the folder to fill and the name that it will have: compiles what Cargo.toml of the working folder depends
# on, and keeps in `args` how rustc is told of it. Foreign code runs here (build scripts), so nothing shared may be in reach.
set -e
echo 'fn main() {}' >stub.rs
export CARGO_TARGET_DIR="$2"
mkdir -p "$2"
if [ "$4" = offline ] && "$1" build --verbose --offline >"$2/said" 2>&1; then :
elif ! "$1" build --verbose ${4:+$([ "$4" = locked ] && echo --locked)} >"$2/said" 2>&1; then
  grep -v -e '^ *Running ' -e '^ *Compiling ' -e '^ *Downloaded ' -e '^ *Downloading ' -e '^ *Fresh ' "$2/said" >&2 || true
  exit 1
fi
grep -e '--crate-name millrace_script ' "$2/said" | tail -n 1 | grep -oE -- "(--extern|-L) '?[^' \`]+" |
  sed -e "s|'||" -e 's| |\n|' | sed -e "s|$2/|$3/|" >"$2/args"
rm -rf "$2/said" "$2/debug/incremental" "$2/debug/.fingerprint" "$2"/debug/millrace* "$2"/debug/deps/millrace*
