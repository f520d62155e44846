#!/usr/bin/env bash
# All steps of scripts/gpu-check with a GPU, tools and programs that are made up: what is run, what becomes of failures, and
# that the report finds every number under the name that benchmarks/gpu/rates.cpp gives it.
#   gpu_check_steps.sh SOURCE_FOLDER
set -uo pipefail
cd "$1" || exit 1
fail() { echo "gpu_check_steps.sh: $*" >&2; exit 1; }
command -v python3 >/dev/null || { echo "skipped: there is no python3"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tools=$folder/tools build=$folder/build
mkdir -p "$tools" "$build/tests" "$build/benchmarks"
program() { cat >"$1" && chmod +x "$1"; }  # FILE, with what it does on standard input
says() { [[ $said == *"$1"* ]] || fail "it says '$said' without '$1'"; }
reports() { grep -qF -- "$1" "$folder/report.md" || fail "the report lacks '$1': $(cat "$folder/report.md")"; }
check() { said=$(PATH=$tools:$PATH FOLDER=$folder "$PWD/scripts/gpu-check" --build "$build" --output "$folder/report.md" "$@" 2>&1); }

program "$tools/nvidia-smi" <<<'#!/bin/sh'
program "$tools/nvidia-cuda-mps-control" <<'EOS'
#!/bin/sh
[ "${1-}" = -d ] || cat >>"$FOLDER/mps"
EOS
program "$tools/cmake" <<'EOS'
#!/bin/sh
echo "$@" >>"$FOLDER/cmake"
echo "-- The CUDA compiler identification is NVIDIA 12.34.56"
EOS
program "$tools/ctest" <<'EOS'
#!/bin/sh
echo "$@" >>"$FOLDER/ctest"
EOS
program "$tools/compute-sanitizer" <<'EOS'
#!/bin/sh
tool=$2
for program; do case $program in */tests/test_*) echo "$tool $(basename "$program")" >>"$FOLDER/sanitized"; break ;; esac; done
[ "$tool" = racecheck ] && [ -e "$FOLDER/races" ] && exit 99
echo "[==========] $(cat "$FOLDER/tests") tests from 2 test suites ran."
EOS
for name in gpu frame_reducer rejection tomograph projector fields; do
  program "$build/tests/test_$name" <<<'#!/bin/sh
seq -f "a_test/cuda_%.0f" 20000'
  grep -qx "xrdct_test($name .*\|xrdct_test($name" -r tests --include=CMakeLists.txt || fail "there are no tests named $name"
done
{
  echo '#!/bin/sh'
  echo '[ "$1" != beside ] || [ ! -e "$FOLDER/lost" ] || ! rm "$FOLDER/lost" 2>/dev/null || exit 1'
  echo 'echo "$@" >>"$FOLDER/rates"'
  sed -n 's/.*\(say\|timed\)("\([^"]*\)".*/printf "%s\\t%s\\n" "\2" 4e9/p' benchmarks/gpu/rates.cpp
  echo 'printf "device\tMade up 9000\ncompute capability\t9.0\ndigest\t00ff\n"'
} | program "$build/benchmarks/gpu_rates"

echo 7 >"$folder/tests"
check --kit kit || fail "it ends with $?: $said"
grep -qF -- "-DXRDCT_KERNELS_ONLY=ON -DXRDCT_CUDA=ON -DXRDCT_TESTS=ON -DCMAKE_PREFIX_PATH=$PWD/kit" "$folder/cmake" || fail "configured by $(cat "$folder/cmake")"
grep -qF -- '-L ^cuda$' "$folder/ctest" || fail "tested by $(cat "$folder/ctest")"
[ "$(sort -u "$folder/sanitized" | wc -l)" = 12 ] || fail "sanitized: $(cat "$folder/sanitized")"
[ "$(grep -c '^beside' "$folder/rates")" = 32 ] || fail "rates by $(cat "$folder/rates")"
[ "$(grep -c '^digest' "$folder/rates")" = 19 ] || fail "rates by $(cat "$folder/rates")"
[ "$(cat "$folder/mps")" = quit ] || fail "MPS is left running"
! grep -E 'not (measured|run)' "$folder/report.md" || fail "the report lacks what was found: $(cat "$folder/report.md")"
reports 'one **Made up 9000** (compute capability 9.0, compiled by CUDA 12.34.56)'
reports '| `compute-sanitizer --tool racecheck` over the `cuda` tests of projector | clean |'
reports 'in another run, and by 15 processes at once | yes |'
reports '| 15 processes together under MPS | 60000000000 frames/s, of one alone 15.00 |'

touch "$folder/races"
check racecheck report
[ $? = 1 ] || fail "races are no failure: $said"
says 'failed (99)'
reports '| `compute-sanitizer --tool racecheck` over the `cuda` tests of projector | **failed** (exit code 99) |'

rm "$folder/races"
echo 0 >"$folder/tests"
check racecheck
[ $? = 1 ] || fail "no tests at all are no failure: $said"
says 'no test of projector runs on the GPU'

touch "$folder/lost"
check rates report
[ $? = 1 ] || fail "a process that fails beside others is no failure: $said"
reports '| 15 processes together without MPS | 60000000000 frames/s, of one alone not measured |'

program "$build/tests/test_frame_reducer" <<<'#!/bin/sh'
check test
[ $? = 1 ] || fail "tests without a GPU are no failure: $said"
says 'no test runs on the GPU'

program "$build/benchmarks/gpu_rates" <<<'#!/bin/sh
echo "no GPU can be used: it is broken" >&2; exit 3'
check build
[ $? = 3 ] || fail "a GPU that cannot be used does not end it: $said"
says 'it is broken'
