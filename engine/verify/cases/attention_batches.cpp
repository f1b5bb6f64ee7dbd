// The batches that the grids of the attention operators walk.
#include "engine/verify/cases/attention_case.h"

namespace zerocl {
namespace {

using Sequence = AttentionBatch::Sequence;

// Lengths around the widths that kernels treat apart: tiles of 8 and 16 rows, blocks of 64 keys.
std::vector<Sequence> prompts(std::initializer_list<std::int64_t> lengths) {
  std::vector<Sequence> sequences;
  for (const std::int64_t length : lengths) sequences.push_back({length, 0});
  return sequences;
}

// Chunks and single tokens after others; tiles that begin and end anywhere.
std::vector<Sequence> continued() {
  return {{1, 0},  {1, 7}, {1, 63}, {1, 64},  {1, 200}, {2, 63},  {5, 60},
          {8, 64}, {9, 7}, {13, 3}, {16, 16}, {17, 47}, {66, 62}, {3, 127}};
}

std::vector<AttentionBatch> bench_batches() {
  std::vector<AttentionBatch> batches;
  struct Model {
    std::int64_t heads, head_size;
  };
  for (const auto [heads, size] : {Model{12, 32}, Model{12, 64}})  // MiniLM, BERT-base
    for (const std::size_t count : {1, 16})
      batches.push_back({std::vector<Sequence>(count, {128, 0}), heads, size, false});
  for (const std::size_t count : {32, 128})  // BERT-base in batches of GPUs
    batches.push_back({std::vector<Sequence>(count, {128, 0}), 12, 64, false});
  batches.push_back({std::vector<Sequence>(128, {256, 0}), 12, 64, false});
  batches.push_back({{{512, 0}}, 8, 64, true});  // gpt2-novels-28m: prefill, decoding
  for (const std::size_t count : {1, 16})
    for (const std::int64_t position : {128, 1000})
      batches.push_back({std::vector<Sequence>(count, {1, position}), 8, 64, true});
  return batches;
}

}  // namespace

std::vector<AttentionBatch> attention_batches(CaseGrid grid) {
  if (grid == CaseGrid::bench) return bench_batches();
  const bool full = grid == CaseGrid::full;
  std::vector<AttentionBatch> batches;
  for (const bool causal : {false, true}) {
    batches.push_back({prompts({1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 200}), 2, 24, causal});
    batches.push_back({continued(), 2, 16, causal});
    batches.push_back({continued(), 1, 64, causal});
    // One token a sequence: decoding.
    batches.push_back({{{1, 0}, {1, 70}, {1, 600}, {1, 63}}, 2, 24, causal});
    for (const std::int64_t size : {1, 3, 16, 32, 40, 64, 80, 128, 256})
      batches.push_back({{{9, 0}, {1, 70}, {66, 0}, {5, 62}}, size > 64 ? 1 : 3, size, causal});
    // Special rows at every place of a sequence, among keys that some queries see and others not.
    for (const std::int64_t size : {3, 32})
      batches.push_back(
          {{{special_row_kinds(), 0}, {70, 0}, {1, special_row_kinds() - 1}, {40, 50}},
           2,
           size,
           causal,
           Fill::special});
    // The same in the sizes that kernels treat apart, one token a sequence too.
    for (const std::int64_t size : {64, 128})
      batches.push_back({{{special_row_kinds(), 0}, {70, 0}, {40, 50}, {9, 130}},
                         1,
                         size,
                         causal,
                         Fill::special});
    batches.push_back(
        {{{1, 0}, {1, special_row_kinds() - 1}, {1, 3}, {1, 600}}, 2, 64, causal, Fill::special});
    if (!full) continue;
    for (const std::int64_t size : {2, 5, 15, 17, 31, 33, 48, 63, 65, 96, 127, 129, 255})
      batches.push_back({{{33, 0}, {1, 130}, {129, 0}, {20, 120}}, 2, size, causal});
    batches.push_back({continued(), 12, 32, causal, Fill::special});
    batches.push_back({{{700, 0}, {1, 999}, {300, 333}}, 4, 64, causal});
    batches.push_back({std::vector<Sequence>(33, {1, 100}), 8, 64, causal});
  }
  return batches;
}

}  // namespace zerocl
