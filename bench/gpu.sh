#!/usr/bin/env bash
# One run on a GPU machine: exactness first, then speed. Writes into the folder given as $1.
#
#   bench/gpu.sh OUT_DIR ZEROCL_PROGRAM [EXHAUSTIVE_PROGRAM] [QUANTIZED_MODEL_DIR ...]
#
# The two example models are quantized here; further quantized models are verified and timed as they
# are. Every step goes on if another fails; the summary counts failures.
set -u
out=$1; zerocl=$2; exhaustive=${3:-}; shift; shift; [ $# -gt 0 ] && shift
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$out"
failures=0
step() {  # name, command...
  local name=$1; shift
  local start=$SECONDS
  if "$@" >"$out/$name.txt" 2>"$out/$name.err"; then
    echo "ok    $name ($((SECONDS - start)) s)"
  else
    echo "FAIL  $name, status $? ($((SECONDS - start)) s)"; tail -n 4 "$out/$name.txt" "$out/$name.err"
    failures=$((failures + 1))
  fi
}

step devices "$zerocl" devices
work=$(mktemp -d)
models=("$@")
for name in bert-sst2-5m gpt2-novels-4m; do
  for options in "" "--act-group-size 128" "--group-size 64 --act-group-size 32" "--scheme f32"; do
    model=$work/$name$(echo "$options" | tr -d ' -')
    # shellcheck disable=SC2086
    "$zerocl" quantize "$root/examples/$name" -o "$model" $options >/dev/null 2>&1
    models+=("$model")
  done
done
for model in "${models[@]}"; do step "verify-$(basename "$model")" "$zerocl" verify "$model"; done
# Small batches through the persistent kernels, where steps begin before the one before them has
# ended, and through single launches: the same bytes. Verification goes step by step and cannot tell.
same_bytes() {  # command, model, tokens
  "$zerocl" devices | grep -q '^ *persistent_mid *persistent_mid' || { echo "nothing is gathered" >&2; return 1; }
  grep -v '^ *$' "$root/README.md" >"$work/lines"
  ZEROCL_DISABLE_VARIANTS=persistent,persistent_mid "$zerocl" "$1" "$2" --file "$work/lines" \
    --max-batch-tokens "$3" >"$work/single" || return 1
  for _ in 1 2 3 4 5; do
    "$zerocl" "$1" "$2" --file "$work/lines" --max-batch-tokens "$3" >"$work/gathered" || return 1
    cmp "$work/single" "$work/gathered" || return 1
  done
}
for command in encode classify; do
  for tokens in 192 384 1024; do
    step "persistent-$command-$tokens" same_bytes $command "$work/bert-sst2-5m" $tokens
  done
done
# A fault in the compiled code of each operator must be found (status 4) and the operator named.
caught() {  # operator:kind, model
  "$zerocl" verify "$2" --max-tokens 70 --text "a fault must not pass" --inject "$1"
  local status=$?
  [ $status -eq 4 ] || { echo "status $status" >&2; return 1; }
}
for fault in embedding:element {linear_w8a8,add_layer_norm_f16_quantize}:{element,scale,order} \
    linear_f32:{element,order} add_layer_norm_f16:{element,rounding} add_layer_norm_f16_quantize:rounding layer_norm_f16_quantize:{element,rounding} \
    {gelu_quantize,quantize_tokens,quantize_qkv,attention_i8}:{element,scale,rounding} \
    {linear_w8a8_gelu_quantize,linear_w8a8_quantize_qkv,attention_i8_quantize_tokens}:element \
    linear_w8a8_add_layer_norm_f16_quantize:{element,scale,rounding,order} \
    gather_rows:element tanh:element; do
  step "inject-${fault/:/-}" caught "$fault" "$work/bert-sst2-5m"
done
for fault in add_layer_norm_quantize:{element,scale,rounding,order} layer_norm_quantize:{element,rounding}; do
  step "inject-${fault/:/-}" caught "$fault" "$work/gpt2-novels-4m"
done
step kernels "$zerocl" verify --kernels --full
[ -n "$exhaustive" ] && step exhaustive "$exhaustive" --device NVIDIA
model=$work/bert-f16
"$zerocl" quantize "$root/examples/bert-sst2-5m" -o "$model" --scheme f16 >/dev/null 2>&1
step verify-bert-f16 "$zerocl" verify "$model"
step peak "$zerocl" bench --peak
step bench-quantize "$zerocl" bench --op linear_w8a8_quantize --variants wgmma --no-check --runs 10
step bench-linear "$zerocl" bench --op linear_w8a8,linear_f32 --no-check --runs 10
step bench-fused "$zerocl" bench --op linear_w8a8_gelu_quantize,linear_w8a8_quantize_qkv,linear_w8a8_add_layer_norm_f16_quantize,attention_i8_quantize_tokens --no-check
step bench-attention "$zerocl" bench --op attention_i8,attention_f16_n16f25 --no-check --runs 10
step bench-f16 "$zerocl" bench --no-check --runs 10 \
  --op linear_f16_n16f25,linear_f16_n16f25_gelu_f16,linear_f16_n16f25_store_qkv_f16,add_layer_norm_f16
for shape in bert-base bert-large; do
  for batch in 1 8 32 128; do
    for scheme in w8a8 f16; do
      step "bench-$shape-$batch-$scheme" \
        "$zerocl" bench --shape $shape --scheme $scheme --batch $batch --seq 128 --profile
    done
  done
done
step bench-mixed "$zerocl" bench --shape bert-base --batch 128 --lengths 16:256 --runs 20
for model in "${models[@]}"; do
  case $(basename "$model") in
    gpt2*) step "bench-$(basename "$model")" "$zerocl" bench "$model" --runs 5 ;;
  esac
done
rm -rf "$work"
echo "$failures failures"
exit $((failures > 0))
