#!/bin/sh
# Runs a Python script that needs no more than Python; exits with 77, which CTest shows as skipped, where there is none.
command -v python3 >/dev/null && exec python3 "$@"
echo "skipped: no python3 here"
exit 77
