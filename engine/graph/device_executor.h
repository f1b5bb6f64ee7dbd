#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/graph/device_state.h"
#include "engine/graph/executor.h"
#include "engine/graph/fusion.h"
#include "engine/graph/memory_plan.h"
#include "engine/graph/replays.h"
#include "host/ops/f16_matrix.h"
#include "host/ops/gelu.h"         // GeluForm
#include "host/ops/linear_w8a8.h"  // LinearW8A8Groups
#include "host/ops/row_meeting.h"
#include "host/ops/sequences.h"
#include "host/ops/types.h"  // Codes

namespace zerocl {

// How an f16 value lies on a device whose f16 products read `of_products`: so where a product reads
// it or what is gathered_alike; others take either layout.
ops::F16Layout f16_layout_of(const Graph& graph, ValueId id, ops::F16Layout of_products);

// Batches of so many tokens at most are gathered into one launch where the device can: each of
// their kernels is shorter than its launch.
inline constexpr std::int64_t kGatheredTokens = 192;
// Those of more tokens and so many at most by the kernel with larger tiles (BERT-base, an H200,
// where single launches take 0.60 ms at their quickest and 0.84 at their slowest: 256 tokens 0.47
// ms, 512 0.51, 1,024 0.72 instead of 0.84 to 0.93; before its norms were steps, 1,536 took 1.02
// instead of 0.86 to 0.93).
inline constexpr std::int64_t kGatheredTokensOfMid = 1024;
// Which of two gatherers, either of which may be nullptr, takes the launches of a batch; or
// nullptr.
template <class Gatherer>
Gatherer* gatherer_for(std::int64_t tokens, Gatherer* small, Gatherer* mid) {
  if (tokens > kGatheredTokensOfMid) return nullptr;
  return tokens <= kGatheredTokens ? small : mid;
}

// Runs a graph on an OpenCL device. Activations lie in buffers that are planned for the
// largest batch so far; a batch that fits it allocates nothing.
class DeviceExecutor final : public Executor {
 public:
  DeviceExecutor(Graph graph, DeviceState& state);
  ~DeviceExecutor() override;  // waits where the device may still read the inputs from the host
  DeviceExecutor(const DeviceExecutor&) = delete;
  DeviceExecutor& operator=(const DeviceExecutor&) = delete;

  void begin(Batch batch) override;
  void run(Batch batch) override;
  // Batches so far that ran as the launches of one before.
  std::int64_t replayed() const { return replayed_; }
  void step(std::size_t node) override;
  std::vector<HostTensor> outputs(std::size_t node) override;
  HostTensor output() override;
  std::vector<std::int32_t> output_argmax() override;
  bool merged(std::size_t node) const override {
    return fusion_.merged[node] && !runs_steps(second_op(node));
  }
  std::string operator_name(std::size_t node) const override;
  std::string variant(std::size_t node) const override;

 private:
  // Rows that the planned memory can hold.
  struct Capacity {
    std::int64_t tokens = 0, sequences = 0, outputs = 0;
    std::int64_t of(Rows rows) const {
      return rows == Rows::tokens ? tokens : rows == Rows::sequences ? sequences : outputs;
    }
  };

  void plan(const Capacity& capacity);
  void upload();                 // the batch's inputs
  LaunchKey launch_key() const;  // of the batch that has begun
  // All kernels that the graph launches.
  std::vector<KernelId> kernels() const;
  std::vector<KernelId> fused_kernels(const Node& first, const Node& node) const;
  ops::LinearW8A8Groups linear_w8a8_groups(const Node& node) const;
  const Variant& linear_w8a8_variant(const Node& node) const;
  bool can_fuse(const Node& first, const Node& second) const;
  // The operator of the node that runs a merged one: its neighbour.
  Op second_op(std::size_t merged) const { return graph().nodes[merged + 1].op; }
  // Whether fused pairs with such a second node run as their two nodes in some batches, because
  // these are faster: products with their norms in batches that are gathered, since the persistent
  // kernels have two steps for them that meet less often, and attention with one token a sequence,
  // which has a kernel of its own.
  bool has_steps(Op second) const {
    return second == Op::quantize_tokens ||
           (second == Op::add_layer_norm_f16_quantize && gatherable_ &&
            (state_.persistent != nullptr || mid_gatherer() != nullptr));
  }
  // Whether they do in this batch.
  bool runs_steps(Op second) const {
    return has_steps(second) && (second == Op::quantize_tokens ? decodes_ : norm_steps_);
  }
  // What gathers the launches of larger batches, if it knows the graph's norms, or nullptr.
  ops::Persistent* mid_gatherer() const {
    return mid_knows_norms_ ? state_.persistent_mid.get() : nullptr;
  }
  void find_gatherers();
  // What gathers the launches of a batch, or nullptr.
  ops::Persistent* gatherer_of(std::int64_t tokens) const;
  // Fusion::first of a node in this batch.
  int first_of(std::size_t node) const {
    return runs_steps(graph().nodes[node].op) ? Fusion::kAlone : fusion_.first[node];
  }
  ops::CodesLayout layout_of(ValueId id) const;
  std::int64_t planned_rows(const Capacity& capacity, ValueId id) const;
  std::size_t value_bytes(const Capacity& capacity, const Value& value, ValueId id,
                          ValuePart part) const;

  std::int64_t rows(ValueId id) const;
  static ops::GeluForm gelu_form(const Node& node);
  const Value& value(ValueId id) const { return graph().values[static_cast<std::size_t>(id)]; }
  BufferView elements_of(ValueId id) const;
  BufferView scales_of(ValueId id) const;
  ops::F16Matrix f16(ValueId id) const;
  std::optional<ops::F16Matrix> wanted_f16(ValueId id) const;
  Tensor f32(ValueId id) const;
  std::optional<Tensor> wanted_f32(ValueId id) const;
  ops::Codes codes(ValueId id) const;

  void embed(const Node& node);
  void linear(const Node& node);
  void fused(const Node& first, const Node& node);
  void fused_linear(const Node& product, const Node& node);
  void fused_norm(const Node& node, const ops::Codes& x, const ops::LinearW8A8Weight& w);
  void fused_attention(const Node& first, const Node& node);
  void norm(const Node& node);
  void attention(const Node& node);
  void elementwise(const Node& node);
  void gather(const Node& node);
  bool can_fuse_f16(const Node& second) const;
  std::vector<KernelId> fused_f16_kernels(const Node& node) const;
  void fused_linear_f16(const Node& product, const Node& node);
  void run_f16(const Node& node);
  void linear_f16(const Node& node);
  void norm_f16(const Node& node);
  void norm_f16_quantize(const Node& node);

  HostTensor read_f32(ValueId id);
  HostTensor read_f16(ValueId id);
  void read_codes(ValueId id, std::vector<HostTensor>& out);
  void read_cache(const Node& node, std::vector<HostTensor>& out);

  DeviceState& state_;
  std::vector<ops::CodesLayout> layouts_;    // by ValueId; meaningful for codes
  std::vector<ops::F16Layout> f16_layouts_;  // by ValueId; meaningful for f16
  Fusion fusion_;
  bool gathers_outputs_ = false;  // some node reads Batch::output_rows
  bool gatherable_ = false;       // a persistent kernel knows what the graph launches
  bool mid_knows_norms_ = false;  // and the larger one the norms behind its products, too
  bool norm_steps_ = false;       // this batch: it is gathered
  bool decodes_ = false;          // this batch: one token a sequence
  // Attention has larger ones, which products need not clear.
  ops::RowMeeting meeting_, attention_meeting_;
  Capacity capacity_;
  MemoryPlan plan_;
  std::vector<Buffer> memory_;  // by the plan's buffers
  std::uint64_t planned_ = 0;   // how often
  Replays replays_;
  std::int64_t replayed_ = 0;
  Batch batch_;
  ops::WordUpload inputs_;
  bool inputs_arrived_ = true;  // and have been used: something was read since
  BufferView ids_, types_, positions_, output_rows_, first_rows_;
  Buffer argmax_;
  ops::Sequences sequences_;
};

}  // namespace zerocl
