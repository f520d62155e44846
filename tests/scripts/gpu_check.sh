#!/usr/bin/env bash
# scripts/gpu-check refuses what it does not know, and says that there is no GPU before it builds anything.
set -uo pipefail
cd "$1" || exit 1
fail() { echo "gpu_check.sh: $*" >&2; exit 1; }
scripts/gpu-check --nonsense 2>/dev/null
[ $? = 2 ] || fail "an unknown option is not refused"
scripts/gpu-check dance 2>/dev/null
[ $? = 2 ] || fail "an unknown step is not refused"
if [ -e /dev/nvidiactl ] || [ -e /dev/dxg ] || command -v nvidia-smi >/dev/null; then
  echo "skipped: there may be a GPU on this machine"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
said=$(scripts/gpu-check --build "$folder/build" --output "$folder/results.md" 2>&1)
code=$?
[ $code = 3 ] || fail "exit code $code where there is no GPU: $said"
[[ $said == *"there is no GPU on this machine"* ]] || fail "it says: $said"
[ ! -e "$folder/results.md" ] || fail "results were written"
