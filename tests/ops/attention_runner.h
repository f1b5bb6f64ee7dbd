#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/ops/kv_cache.h"
#include "reference/matrix.h"
#include "tests/ops/family_test.h"

namespace zerocl {

// Runs an attention layer over several calls, as an engine does: each call stores its rows (in INT8
// or float) and attends. For tests of what must not depend on how the calls are cut.
struct AttentionRun {
  ops::KvCacheShape::Type type = ops::KvCacheShape::Type::i8;
  std::string variant;
  std::int64_t heads = 1;
  bool causal = true;
  std::vector<reference::MatrixF> qkv;  // [tokens, 3*H*D] of each sequence
  // Calls in order; a part is the next `tokens` of a sequence.
  struct Part {
    std::size_t sequence = 0;
    std::int64_t tokens = 0;
  };
  std::vector<std::vector<Part>> calls;
  // Cache blocks are handed out from the last to the first instead of in order.
  bool blocks_backwards = false;

  std::int64_t head_size() const { return qkv.front().cols() / 3 / heads; }
};

// y [tokens, H*D] of each sequence.
std::vector<reference::MatrixF> run_attention(Queue& queue, const AttentionRun& run);

// One call with all of the given sequences' tokens.
std::vector<std::vector<AttentionRun::Part>> one_call(const std::vector<reference::MatrixF>& qkv);

// Same bits, NaN equal to NaN; shown as the first difference.
void expect_same_bits(const reference::MatrixF& want, const reference::MatrixF& got);

// "attention_i8 group" and the like, for SCOPED_TRACE.
std::string run_name(const AttentionRun& run);

}  // namespace zerocl
