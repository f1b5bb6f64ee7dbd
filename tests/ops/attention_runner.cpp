#include "tests/ops/attention_runner.h"

#include <cmath>
#include <numbers>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/compare.h"
#include "host/ops/attention_f32.h"
#include "host/ops/attention_i8.h"
#include "host/ops/quantize_qkv.h"
#include "host/ops/sequences.h"
#include "host/ops/store_kv.h"

namespace zerocl {
namespace {

using Part = AttentionRun::Part;

class Runner {
 public:
  Runner(Queue& queue, const AttentionRun& run) : queue_(queue), run_(run) {
    std::int64_t blocks = 0;
    for (const reference::MatrixF& rows : run.qkv) {
      blocks += (rows.rows() + KEY_BLOCK - 1) / KEY_BLOCK;
      done_.push_back(0);
      y_.emplace_back(rows.rows(), rows.cols() / 3);
    }
    shape_ = ops::make_kv_cache_shape(run.type, run.heads, run.head_size(), blocks, queue.facts());
    shape_.layout = ops::kv_layout_of(run.variant);
    std::int32_t next = 0;
    for (const reference::MatrixF& rows : run.qkv) {
      blocks_.emplace_back();
      for (std::int64_t b = 0; b * KEY_BLOCK < rows.rows(); ++b, ++next)
        blocks_.back().push_back(run.blocks_backwards ? static_cast<std::int32_t>(blocks) - 1 - next
                                                      : next);
    }
    keys_ = Buffer(*queue.context(), shape_.key_bytes());
    values_ = Buffer(*queue.context(), shape_.value_bytes());
    if (shape_.scale_bytes() > 0) {
      key_scales_ = Buffer(*queue.context(), shape_.scale_bytes());
      value_scales_ = Buffer(*queue.context(), shape_.scale_bytes());
    }
    layer_ = {keys_, key_scales_, values_, value_scales_};
    ops::clear_kv(queue, shape_, layer_);
  }

  void call(const std::vector<Part>& parts) {
    reference::MatrixF qkv(0, run_.qkv.front().cols());
    std::vector<ops::SequenceInput> inputs;
    for (const Part& part : parts) {
      const reference::MatrixF& all = run_.qkv[part.sequence];
      inputs.push_back({part.tokens, done_[part.sequence], blocks_[part.sequence]});
      const reference::Index before = qkv.rows();
      qkv.conservativeResize(before + part.tokens, qkv.cols());
      qkv.bottomRows(part.tokens) = all.middleRows(done_[part.sequence], part.tokens);
    }
    const reference::MatrixF y = attend(qkv, ops::make_sequences(queue_, inputs, table_));
    reference::Index row = 0;
    for (const Part& part : parts) {
      y_[part.sequence].middleRows(done_[part.sequence], part.tokens) =
          y.middleRows(row, part.tokens);
      done_[part.sequence] += part.tokens;
      row += part.tokens;
    }
  }

  std::vector<reference::MatrixF> take() { return std::move(y_); }

 private:
  reference::MatrixF attend(const reference::MatrixF& rows, const ops::Sequences& sequences) {
    const std::int64_t width = rows.cols() / 3;
    const double scale = std::numbers::log2e / std::sqrt(static_cast<double>(run_.head_size()));
    const ops::AttentionParams params{run_.causal, static_cast<float>(scale)};
    const DeviceF32 qkv = upload(queue_, rows), y = allocate_f32(queue_, rows.rows(), width);
    if (run_.type == ops::KvCacheShape::Type::i8) {
      const DeviceCodes q =
          allocate_codes(queue_, rows.rows(), width, run_.head_size(),
                         ops::attention_i8_input_layout(std::string_view(run_.variant)));
      // Its variants are the portable shapes.
      ops::quantize_qkv(queue_, qkv.tensor, sequences, shape_, layer_, q.view,
                        run_.variant.empty() ? "" : "group");
      ops::attention_i8(queue_, q.view, sequences, shape_, layer_, params, y.tensor, run_.variant);
      return read(y);
    }
    ops::store_kv(queue_, qkv.tensor, sequences, shape_, layer_, run_.variant);
    ops::attention_f32(queue_, qkv.tensor, sequences, shape_, layer_, params, y.tensor,
                       run_.variant);
    return read(y);
  }

  reference::MatrixF read(const DeviceF32& y) {
    reference::MatrixF out(y.tensor.rows, y.tensor.cols);
    queue_.read(y.buffer, std::span(out.data(), static_cast<std::size_t>(out.size())));
    return out;
  }

  Queue& queue_;
  const AttentionRun& run_;
  ops::KvCacheShape shape_;
  Buffer keys_, key_scales_, values_, value_scales_;
  ops::WordUpload table_;
  ops::KvCacheLayer layer_;
  std::vector<std::vector<std::int32_t>> blocks_;
  std::vector<std::int64_t> done_;  // tokens of each sequence that earlier calls took
  std::vector<reference::MatrixF> y_;
};

}  // namespace

std::vector<reference::MatrixF> run_attention(Queue& queue, const AttentionRun& run) {
  Runner runner(queue, run);
  for (const std::vector<Part>& parts : run.calls) runner.call(parts);
  return runner.take();
}

std::vector<std::vector<Part>> one_call(const std::vector<reference::MatrixF>& qkv) {
  std::vector<Part> parts;
  for (std::size_t s = 0; s < qkv.size(); ++s) parts.push_back({s, qkv[s].rows()});
  return {parts};
}

void expect_same_bits(const reference::MatrixF& want, const reference::MatrixF& got) {
  const auto mismatch = compare_bits(expected("y", want), expected("y", got));
  EXPECT_FALSE(mismatch) << mismatch->text();
}

std::string run_name(const AttentionRun& run) {
  const char* op = run.type == ops::KvCacheShape::Type::i8 ? "attention_i8" : "attention_f32";
  return std::string(op) + " [" + run.variant + "]" + (run.causal ? " causal" : " both ways");
}

}  // namespace zerocl
