# Called with cargo, rustc and the folder of the compiled dependencies; builds /job/main.rs into /job/program.
packages=$3
if [ "$packages" = /cache/base ] || [ ! -f "$packages/args" ]; then
  # What every script may use is compiled once; a lock that came without its manifest, with its script.
  [ "$packages" = /cache/base ] || packages=/job/packages
  case $packages in
    /job/*) sh /runtime/prebuild.sh "$1" "$packages" "$packages" || exit 1 ;;
    *)
      packages=$packages-$4
      exec 9>"$packages.lock"
      flock 9
      if [ ! -f "$packages/args" ]; then
        rm -rf "$packages.making" "$packages"
        sh /runtime/prebuild.sh "$1" "$packages.making" "$packages" offline || exit 1
        mv "$packages.making" "$packages"
      fi
      exec 9>&-
      ;;
  esac
fi
if output=$("$2" --edition 2021 --crate-name script --crate-type bin --error-format short --cap-lints allow \
  -C opt-level=1 -C strip=symbols "@$packages/args" main.rs -o program 2>&1); then
  exit 0
fi
printf '%s\n' "$output" >&2
exit 1
