# Called with cargo, rustc, the folder of the compiled dependencies, where they are compiled if they are not there, and
# whether others share that folder; builds main.rs of the working folder into `program`.
packages=$3
prebuild="${0%/*}/prebuild.sh"
if [ ! -f "$packages/args" ]; then
  packages=$4
  if [ "$5" = shared ]; then
    exec 9>"$packages.lock"
    flock 9
    if [ ! -f "$packages/args" ]; then
      rm -rf "$packages.making" "$packages"
      sh "$prebuild" "$1" "$packages.making" "$packages" offline || exit 1
      mv "$packages.making" "$packages"
    fi
    exec 9>&-
  else
    sh "$prebuild" "$1" "$packages" "$packages" || exit 1
  fi
fi
if output=$("$2" --edition 2021 --crate-name script --crate-type bin --error-format short --cap-lints allow \
  -C opt-level=1 -C strip=symbols "@$packages/args" main.rs -o program 2>&1); then
  exit 0
fi
printf '%s\n' "$output" >&2
exit 1
