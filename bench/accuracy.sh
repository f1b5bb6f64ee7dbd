#!/usr/bin/env bash
# Accuracy of the float and the quantized models, one line each.
#   bench/accuracy.sh ZEROCL_PROGRAM SHARED_DIR [LIMIT_TOKENS]   (SHARED_DIR: models/ and eval/)
set -u
zerocl=$1; shared=$2; limit=${3:-200000}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
quantize() { "$zerocl" quantize "$shared/models/$1" -o "$work/$2" "${@:3}" >/dev/null; }
sst2=$shared/eval/glue/SST-2/alps_test.tsv stsb=$shared/eval/glue/STS-B/sts-dev.tsv
for model in bert-sst2-5m minilm-sst2; do
  quantize $model q
  echo "sst2 $model f32 $("$zerocl" eval "$shared/models/$model" --task sst2 --data "$sst2" --json)"
  echo "sst2 $model w8a8 $("$zerocl" eval "$work/q" --task sst2 --data "$sst2" --json)"
  rm -rf "$work/q"
done
float=$shared/models/minilm-l6
echo "stsb minilm-l6 f32 $("$zerocl" eval "$float" --task stsb --data "$stsb" --json)"
for options in "" "--act-group-size 128" "--group-size 32 --act-group-size 32"; do
  # shellcheck disable=SC2086
  quantize minilm-l6 q $options
  echo "stsb minilm-l6 w8a8 $options $("$zerocl" eval "$work/q" --task stsb --data "$stsb" --baseline "$float" --json)"
  rm -rf "$work/q"
done
ppl() { "$zerocl" perplexity "$1" -f "$shared/eval/novels-heldout.txt" --limit "$limit" --json; }
for model in gpt2-novels-4m gpt2-novels-28m; do
  echo "ppl $model f32 $(ppl "$shared/models/$model")"
  quantize $model q; echo "ppl $model w8a8 $(ppl "$work/q")"; rm -rf "$work/q"
  quantize $model q --attention f32; echo "ppl $model w8a8 attention f32 $(ppl "$work/q")"; rm -rf "$work/q"
done
