#!/usr/bin/env bash
# Installs to a temporary prefix, builds the examples against what lies there, and runs them.
#   installed.sh CMAKE BUILD_DIR SOURCE_DIR SHARED_DIR     (status 77: the example models are not there)
set -euo pipefail
cmake=$1 build=$2 source=$3 encoder=$4/models/minilm-l6
models=$source/examples
[ -d "$models/bert-sst2-5m" ] && [ -d "$models/gpt2-novels-4m" ] || { echo "SKIPPED: no example models"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"  # an installation may be moved
mkdir "$work/examples"
cp "$source"/examples/{CMakeLists.txt,*.cpp,*.c} "$work/examples"  # nothing of the source tree is near
"$cmake" -S "$work/examples" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
"$cmake" --build "$work/build" -j 2 >/dev/null

fail() { echo "FAIL: $*"; exit 1; }
labels=$("$work/build/classify" "$models/bert-sst2-5m" "$work/w8a8" "a gorgeous, witty, seductive movie" \
  "it's so laddish and juvenile, only teenage boys could possibly find it funny")
echo "$labels"
[ "$(echo "$labels" | cut -d' ' -f1 | tr '\n' ' ' | tr '[:upper:]' '[:lower:]')" = "positive negative " ] || fail "classify"
sampled=$("$work/build/generate" "$models/gpt2-novels-4m" "It was" 8)
same=$("$work/prefix/bin/zerocl" generate "$models/gpt2-novels-4m" -p "It was" -n 8 --temp 0.8 --top-k 40 \
  --top-p 0.95 --seed 1)
[ "$sampled" = "$same" ] || fail "generate: $sampled, not $same"
text=$("$work/build/complete" "$models/gpt2-novels-4m" "It was a dark and stormy night" 12)
echo "$text"
same=$("$work/prefix/bin/zerocl" generate "$models/gpt2-novels-4m" -p "It was a dark and stormy night" -n 12)
[ "$text" = "$same" ] || fail "complete and zerocl generate differ: $same"

if [ -d "$encoder" ]; then
  near=$("$work/build/embed" "$encoder" "A man rides a horse." "A woman fries fish." "Someone is riding a horse.")
  echo "$near"
  [ "$(echo "$near" | sort -rn | head -n 1 | cut -c9-)" = "Someone is riding a horse." ] || fail "embed"
else
  echo "SKIPPED: embed, for lack of $encoder"
fi

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name zerocl.pc)")
  # shellcheck disable=SC2046
  ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror "$work/examples/complete.c" -o "$work/complete" \
    $(pkg-config --cflags --libs zerocl)
  libraries=$(dirname "$(find "$work/prefix" -name libzerocl.so)")
  same=$(LD_LIBRARY_PATH=$libraries "$work/complete" "$models/gpt2-novels-4m" "It was a dark and stormy night" 12)
  [ "$text" = "$same" ] || fail "complete, built through pkg-config: $same"
else
  echo "SKIPPED: pkg-config is not installed"
fi
echo "installed, built and run"
