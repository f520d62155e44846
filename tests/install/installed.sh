#!/usr/bin/env bash
# What is installed and what a Debian package holds: the program runs from there, and its manual and completion are whole.
#
#   installed.sh BUILD_FOLDER FOLDER     exit code 77 with the reason where a part cannot be looked at
set -euo pipefail
build=$1 folder=$2 source_folder=$(cd "$(dirname "$0")" && pwd)
fail() { echo "installed.sh: $*" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

run_demo() {  # PROGRAM FOLDER
  local program=$1 demo=$2
  "$program" simulate -o "$demo" --translations 9 --rotations 8 --log-level error
  "$program" reconstruct "$demo/scan.h5" --poni "$demo/geometry.poni" --mask "$demo/mask.edf" --axis 0 \
    -o "$demo/tomogram.h5" --threads 1 --log-level error
  "$program" plot "$demo/tomogram.h5" -o "$demo/tomogram.png" --html "$demo/tomogram.html" --log-level error
  [ -s "$demo/tomogram.png" ] && [ -s "$demo/tomogram.html" ] || fail "$program made no picture or no page"
}

cmake --install "$build" --prefix "$folder/prefix" >/dev/null
"$folder/prefix/bin/xrdct" --version
run_demo "$folder/prefix/bin/xrdct" "$folder/demo"

# The plugin for GPUs, where it is built, is found from there: it is not missing, whatever else may be.
expect_plugin() {  # PROGRAM FOLDER
  "$1" reconstruct "$2/scan.h5" --poni "$2/geometry.poni" --mask "$2/mask.edf" --axis 0 -o "$2/again.h5" --threads 1 2>&1 |
    grep 'backend: ' >"$2/backend" || fail "$1 does not say what it computes by"
  if grep -q 'built without CUDA' "$2/backend"; then fail "$1 does not find its plugin: $(cat "$2/backend")"; fi
}
plugin=$(find "$build" -name libxrdct_cuda.so -not -path '*/tests/*' -print -quit)
[ -z "$plugin" ] || expect_plugin "$folder/prefix/bin/xrdct" "$folder/demo"

# Every option of every command is in its manual page, and completed.
commands=$("$folder/prefix/bin/xrdct" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 7 ] || fail "the help names too few commands: $commands"
# shellcheck disable=SC1091
source "$folder/prefix/share/bash-completion/completions/xrdct"
for command in $commands; do
  page=$folder/prefix/share/man/man1/xrdct-$command.1
  [ -s "$page" ] || fail "there is no $page"
  COMP_WORDS=(xrdct "$command" --) COMP_CWORD=2
  _xrdct 2>/dev/null
  options=$("$folder/prefix/bin/xrdct" "$command" --help | sed -n 's/^  \(-o, \)\?--\([a-z0-9-]*\).*/\2/p')
  [ -n "$options" ] || fail "$command has no options"
  for option in $options; do
    [ "$option" = help ] || grep -qF -- "\\-\\-${option//-/\\-}" "$page" || fail "$page lacks --$option"
    [[ " ${COMPREPLY[*]} " == *" --$option "* ]] || fail "--$option of $command is not completed"
  done
  if command -v man >/dev/null; then
    complaints=$(MANWIDTH=100 man --warnings -l "$page" 2>&1 >/dev/null || true)
    [ -z "$complaints" ] || fail "$page: $complaints"
  fi
done
COMP_WORDS=(xrdct rec) COMP_CWORD=1
_xrdct 2>/dev/null
[ "${COMPREPLY[*]}" = reconstruct ] || fail "'xrdct rec' is completed by '${COMPREPLY[*]}'"

# Another project finds the libraries and reconstructs with them.
cmake -S "$source_folder/consumer" -B "$folder/consumer" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release \
  >"$folder/consumer.log" 2>&1 || { cat "$folder/consumer.log"; fail "another project cannot be configured"; }
cmake --build "$folder/consumer" >"$folder/consumer.log" 2>&1 || { cat "$folder/consumer.log"; fail "another project cannot be built"; }
"$folder/consumer/centre_of_disc" || fail "another project's program fails"

if ! command -v dpkg-shlibdeps >/dev/null || ! command -v file >/dev/null; then
  echo "skipped: no dpkg-shlibdeps or no file here (Debian: dpkg-dev, file), so no package was made; all that is installed is right"
  exit 77
fi
(cd "$build" && cpack -G DEB -B "$folder/package" >/dev/null) || fail "cpack made no package"
package=$(ls "$folder"/package/xrdct_*.deb)
dpkg-deb -c "$(ls "$folder"/package/libxrdct-dev_*.deb)" | grep 'cmake/xrdct/xrdct-config.cmake$' >/dev/null ||
  fail "the package for developers lacks its CMake package"
depends=$(dpkg-deb -f "$package" Depends)
for library in libhdf5-openmpi libopenmpi openmpi-bin liblz4; do
  [[ $depends == *$library* ]] || fail "$package does not depend on $library, but on: $depends"
done
dpkg-deb -x "$package" "$folder/root"
run_demo "$folder/root/usr/bin/xrdct" "$folder/demo_of_package"
[ -z "$plugin" ] || expect_plugin "$folder/root/usr/bin/xrdct" "$folder/demo_of_package"
echo "installed and packaged: $(basename "$package"), which needs $depends"
