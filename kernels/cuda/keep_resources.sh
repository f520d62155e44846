#!/bin/sh
# Runs a compiler of device code. What it says of registers and spills goes to OBJECT.resources instead of the terminal.
#   keep_resources.sh COMPILER... -o OBJECT...
object= next=
for word; do
  [ -z "$next" ] || object=$word
  next=
  [ "$word" != -o ] || next=1
done
[ -n "$object" ] || exec "$@"
"$@" 2>"$object.said"
code=$?
[ $code = 0 ] && grep -A1 '^ptxas info' "$object.said" >"$object.resources"
grep -v -e '^ptxas info' -e ' bytes stack frame, ' "$object.said" >&2
rm -f "$object.said"
exit $code
