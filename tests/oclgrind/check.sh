#!/usr/bin/env bash
# Every portable kernel under Oclgrind; fails on any report of a race or of an access out of bounds.
#   check.sh PORTABLE_KERNELS_PROGRAM CL_KERNELS_DIR     (status 77: there is no Oclgrind)
set -euo pipefail
program=$1 kernels=$2
command -v oclgrind >/dev/null || { echo "SKIPPED: oclgrind is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# $1: kernels, then operators. Without --uninitialized, which ends at LLVM's `freeze`
# instruction (Oclgrind 21.10). Local memory: some tiles are larger than the default 32 KiB.
simulate() {
  : >"$work/log"
  oclgrind --data-races --check-api --local-mem-size 262144 --max-errors 20 --log "$work/log" \
    "$program" "$@" 2>&1
}

# The check can fail: a kernel that lacks its barriers races, one that lacks its bound goes beyond.
cp -r "$kernels" "$work/broken"
sed -i 's/barrier(CLK_LOCAL_MEM_FENCE);//' "$work"/broken/argmax.group.cl "$work"/broken/common/*.h
simulate "$work/broken" argmax >/dev/null || true
grep -q "data race" "$work/log" || { echo "a missing barrier was not reported"; exit 1; }
cp -r "$kernels"/. "$work/broken"
sed -i 's/  if (i >= .*) return;//' "$work"/broken/relu*.cl
simulate "$work/broken" relu >/dev/null || true
grep -q "Invalid" "$work/log" || { echo "an access out of bounds was not reported"; exit 1; }

status=0
simulate "$kernels" || status=$?
if [ -s "$work/log" ]; then
  head -n 60 "$work/log"
  exit 1
fi
exit "$status"
