#!/usr/bin/env bash
# Shell scripts parse, and shellcheck, where it is installed, finds nothing in those that measure.
set -euo pipefail
cd "$1"
for script in scripts/gpu-check scripts/compare scripts/scaling scripts/run scripts/test scripts/build scripts/setup slurm/*.sbatch; do
  bash -n "$script"
done
if ! command -v shellcheck >/dev/null; then
  echo "skipped: the scripts parse, but shellcheck is not installed (Debian: shellcheck)"
  exit 77
fi
shellcheck scripts/gpu-check scripts/compare scripts/scaling slurm/*.sbatch
