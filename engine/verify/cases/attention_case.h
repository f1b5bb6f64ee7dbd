#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/verify/cases/row_case.h"  // DeviceF32, upload
#include "engine/verify/cases/row_inputs.h"
#include "engine/verify/kernel_case.h"
#include "host/ops/attention_i8.h"  // AttentionParams
#include "host/ops/kv_cache.h"
#include "host/ops/sequences.h"
#include "reference/f16.h"
#include "reference/matrix.h"

namespace zerocl {

// A batch for quantize_qkv, store_kv and both attentions: ragged sequences, each with tokens that
// are in the cache already and tokens of this call.
struct AttentionBatch {
  struct Sequence {
    std::int64_t length = 0;    // tokens of this call
    std::int64_t position = 0;  // tokens before them
  };
  std::vector<Sequence> sequences;
  std::int64_t heads = 1;      // H
  std::int64_t head_size = 1;  // D
  bool causal = false;
  Fill fill = Fill::random;

  std::int64_t width() const { return heads * head_size; }
  std::int64_t rows() const;  // of this call
  std::string text() const;   // "H=2 D=24 causal 65@0,1@64"
  ops::AttentionParams params() const;
  // Pairs of a query and a key that it sees, over all heads.
  double pairs() const;
  // Keys of all sequences, earlier calls' included.
  std::int64_t keys() const;

  // qkv [position + length, 3*H*D] of one sequence, made from its index.
  reference::MatrixF qkv(std::size_t sequence) const;
  // The rows of this call, all sequences packed.
  reference::MatrixF packed_qkv() const;
  // The cache blocks of a sequence: those of all sequences are shuffled, with some unused between.
  std::vector<std::int32_t> blocks(std::size_t sequence) const;
  std::int64_t block_count() const;
};

// The batch's cache and sequence table on a device. The cache starts full of NaN, so that whatever
// a kernel reads beyond a sequence's end would show.
struct DeviceAttention {
  Buffer keys, key_scales, values, value_scales;
  ops::WordUpload table;
  ops::KvCacheShape shape;
  ops::KvCacheLayer layer;
  ops::Sequences sequences;
};
DeviceAttention make_device_attention(Queue& queue, const AttentionBatch& batch,
                                      ops::KvCacheShape::Type type, const std::string& variant);

// Keys and values that a device has stored for the rows of this call, packed: codes with scales, or
// floats. And what it should have stored.
void download_kv(Queue& queue, const AttentionBatch& batch, const DeviceAttention& device,
                 std::vector<HostTensor>& out);
void expected_kv(const reference::Quantized& keys, const reference::Quantized& values,
                 std::vector<HostTensor>& out);
void expected_kv_f16(const reference::MatrixF16& keys, const reference::MatrixF16& values,
                     std::vector<HostTensor>& out);

// Batches of the grids.
std::vector<AttentionBatch> attention_batches(CaseGrid grid);

// What the cases of the four operators share.
class AttentionCase : public KernelCase {
 public:
  std::string op() const final { return op_; }
  std::string shape() const override { return batch_.text(); }

 protected:
  AttentionCase(std::string op, AttentionBatch batch)
      : op_(std::move(op)), batch_(std::move(batch)) {}

  const AttentionBatch& batch() const { return batch_; }

  std::string variant_;
  DeviceAttention device_;

 private:
  std::string op_;
  AttentionBatch batch_;
};

// One case a batch.
template <class Case>
KernelCases attention_cases(CaseGrid grid) {
  KernelCases out;
  for (AttentionBatch& batch : attention_batches(grid))
    out.push_back(std::make_unique<Case>(std::move(batch)));
  return out;
}

// One matrix on top of the other.
template <class T>
void append_rows(reference::Matrix<T>& to, const reference::Matrix<T>& rows) {
  const reference::Index before = to.rows();
  to.conservativeResize(before + rows.rows(), rows.cols());
  to.bottomRows(rows.rows()) = rows;
}

}  // namespace zerocl
