#include "engine/graph/device_executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "host/error.h"
#include "host/ops/attention_f16_n16f25.h"
#include "host/ops/attention_f32.h"
#include "host/ops/attention_i8.h"
#include "host/ops/attention_i8_quantize_tokens.h"
#include "host/ops/codes.h"
#include "host/ops/gather_rows.h"
#include "host/ops/gelu.h"
#include "host/ops/gelu_quantize.h"
#include "host/ops/l2_normalize.h"
#include "host/ops/launch.h"  // row_warp_kernel
#include "host/ops/linear_f32_fast.h"
#include "host/ops/linear_w8a8_add_layer_norm_f16_quantize.h"
#include "host/ops/linear_w8a8_gelu_quantize.h"
#include "host/ops/linear_w8a8_quantize_qkv.h"
#include "host/ops/mean_pool.h"
#include "host/ops/quantize_qkv.h"
#include "host/ops/quantize_tokens.h"
#include "host/ops/relu.h"
#include "host/ops/store_kv.h"
#include "host/ops/tanh.h"

namespace zerocl {

ops::GeluForm DeviceExecutor::gelu_form(const Node& node) {
  return node.attributes.form == Activation::gelu_tanh ? ops::GeluForm::tanh : ops::GeluForm::erf;
}

// Built as one program, because a build costs 0.7 s on PoCL however small it is.
std::vector<KernelId> DeviceExecutor::kernels() const {
  std::set<KernelId> kernels;
  const auto add_all = [&](const std::vector<KernelId>& ids) {
    kernels.insert(ids.begin(), ids.end());
  };
  const auto add = [&](const std::string& op, const Node& node) {
    const std::span<const Variant> table = variants_of(op);
    if (table.empty()) return;  // linear_f32_fast: a library's kernels
    std::string_view variant = choose_variant(op, table, state_.queue.facts()).name;
    if (variant == "warp") {
      const std::int64_t cols = value(node.inputs[0]).cols;
      std::int64_t group = cols;
      for (const ValueId id : node.outputs)
        if (id != kNoValue && value(id).dtype == DType::i8) group = value(id).group;
      variant = ops::row_warp_kernel(cols, group);
    }
    kernels.insert({op, std::string(variant)});
    // Products on GPUs have a second kernel, for few rows.
    if (variant == "group" && op == "linear_f32") kernels.insert({op, "group_few"});
  };
  for (std::size_t n = 0; n < graph().nodes.size(); ++n) {
    const Node& node = graph().nodes[n];
    const bool fused = fusion_.first[n] != Fusion::kAlone;
    if (fused)
      add_all(fused_kernels(graph().nodes[static_cast<std::size_t>(fusion_.first[n])], node));
    if ((fused && !has_steps(node.op)) || (fusion_.merged[n] && !has_steps(second_op(n)))) continue;
    if (node.op == Op::linear_w8a8) {
      add_all(ops::linear_w8a8_kernels(linear_w8a8_variant(node).name, linear_w8a8_groups(node)));
      continue;
    }
    if (node.op == Op::attention_f16_n16f25) {
      kernels.insert(ops::attention_f16_n16f25_kernel(
          state_.queue.facts(), node.attributes.head_size, node.attributes.causal));
      continue;
    }
    if (node.op == Op::linear_f16_n16f25) {
      add_all(ops::linear_f16_kernels(
          choose_variant(op_name(node.op), kLinearF16Variants, state_.queue.facts()).name));
      continue;
    }
    add(op_name(node.op), node);
    if (kernels.contains({"attention_i8", "mma"}) && node.op == Op::attention_i8)
      add_all(ops::attention_i8_mma_kernels(node.attributes.head_size));
    if (node.attributes.causal) add("argmax", node);  // decoders choose greedily on the device
  }
  for (const ops::Persistent* one : {state_.persistent.get(), mid_gatherer()})
    if (gatherable_ && one != nullptr) add_all(one->kernels());
  return {kernels.begin(), kernels.end()};
}

std::vector<KernelId> DeviceExecutor::fused_kernels(const Node& first, const Node& node) const {
  if (node.op == Op::gelu_f16 || node.op == Op::store_qkv_f16) return fused_f16_kernels(node);
  const std::int64_t head_size = state_.cache.shape().head_size;
  if (node.op == Op::quantize_tokens)
    return ops::attention_i8_quantize_tokens_kernels(state_.queue.facts(), head_size,
                                                     first.attributes.causal);
  if (node.op == Op::add_layer_norm_f16_quantize)
    return ops::linear_w8a8_add_layer_norm_f16_quantize_kernels();
  const ops::LinearW8A8Groups groups = linear_w8a8_groups(first);
  return node.op == Op::quantize_qkv
             ? ops::linear_w8a8_quantize_qkv_kernels(head_size, groups)
             : ops::linear_w8a8_gelu_quantize_kernels(gelu_form(node), groups);
}

bool DeviceExecutor::can_fuse(const Node& first, const Node& second) const {
  if (first.op == Op::linear_f16_n16f25) return can_fuse_f16(second);
  const DeviceFacts& facts = state_.queue.facts();
  if (first.op == Op::attention_i8 && second.op == Op::quantize_tokens)
    return choose_variant("attention_i8", kAttentionI8Variants, facts).name == "mma" &&
           ops::can_fuse_attention_i8_quantize_tokens(
               facts, state_.cache.shape(), value(second.outputs[0]).group,
               layouts_[static_cast<std::size_t>(second.outputs[0])]);
  if (first.op != Op::linear_w8a8 || linear_w8a8_variant(first).name != "wgmma") return false;
  const ops::LinearW8A8Groups groups = linear_w8a8_groups(first);
  if (second.op == Op::quantize_qkv)
    return ops::can_fuse_linear_w8a8_quantize_qkv(facts, groups, state_.cache.shape());
  if (second.op != Op::gelu_quantize && second.op != Op::add_layer_norm_f16_quantize) return false;
  const ValueId out = second.outputs.back();
  const Value& q = value(out);
  if (layouts_[static_cast<std::size_t>(out)] != ops::CodesLayout::tiles) return false;
  return second.op == Op::gelu_quantize
             ? ops::can_fuse_linear_w8a8_gelu_quantize(facts, groups, q.cols, q.group)
             : ops::can_fuse_linear_w8a8_add_layer_norm_f16_quantize(facts, groups, q.cols,
                                                                     q.group);
}

ops::LinearW8A8Groups DeviceExecutor::linear_w8a8_groups(const Node& node) const {
  const Value& x = value(node.inputs[0]);
  return {x.cols, x.group, state_.weights.group(node.weights[0])};
}

const Variant& DeviceExecutor::linear_w8a8_variant(const Node& node) const {
  const Value& x = value(node.inputs[0]);
  return state_.weights.linear_w8a8_variant(node.weights[0], x.cols, x.group);
}

DeviceExecutor::DeviceExecutor(Graph graph, DeviceState& state)
    : Executor(std::move(graph)), state_(state) {
  const bool halves =
      std::any_of(this->graph().nodes.begin(), this->graph().nodes.end(),
                  [](const Node& node) { return node.op == Op::linear_f16_n16f25; });
  const ops::F16Layout of_products =
      halves ? ops::linear_f16_input_layout(ops::linear_f16_family(state_.queue.facts()))
             : ops::F16Layout::rows;
  for (std::size_t v = 0; v < this->graph().values.size(); ++v) {
    layouts_.push_back(layout_of(static_cast<ValueId>(v)));
    f16_layouts_.push_back(f16_layout_of(this->graph(), static_cast<ValueId>(v), of_products));
  }
  fusion_ = fuse_nodes(this->graph(), [&](const Node& first, const Node& second) {
    return can_fuse(first, second);
  });
  gathers_outputs_ =
      std::any_of(this->graph().nodes.begin(), this->graph().nodes.end(), [](const Node& node) {
        return node.op == Op::gather_rows && node.attributes.select == Select::outputs;
      });
  find_gatherers();
  state_.context->build(kernels());
}

// A producer writes the layout that its consumer's variant reads.
ops::CodesLayout DeviceExecutor::layout_of(ValueId id) const {
  const std::vector<ValueId> alike = gathered_alike(graph(), id);
  for (const Node& node : graph().nodes) {
    if (std::find_first_of(node.inputs.begin(), node.inputs.end(), alike.begin(), alike.end()) ==
        node.inputs.end())
      continue;
    if (node.op == Op::linear_w8a8)
      return ops::linear_w8a8_input_layout_of(
          ops::linear_w8a8_family_of(linear_w8a8_variant(node).name));
    if (node.op == Op::attention_i8) return ops::attention_i8_input_layout(state_.queue.facts());
  }
  return ops::CodesLayout::i8;
}

void DeviceExecutor::begin(Batch batch) {
  // What a batch without wanted outputs has left gathered names buffers that may be replaced below.
  state_.queue.gather(nullptr);
  batch_ = std::move(batch);
  const Capacity needed{batch_.tokens(), static_cast<std::int64_t>(batch_.sequences.size()),
                        static_cast<std::int64_t>(batch_.output_rows.size())};
  if (needed.tokens > capacity_.tokens || needed.sequences > capacity_.sequences ||
      needed.outputs > capacity_.outputs)
    plan({std::max(needed.tokens, capacity_.tokens),
          std::max(needed.sequences, capacity_.sequences),
          std::max({needed.outputs, capacity_.outputs, std::int64_t{1}})});
  std::int32_t last_block = 0;
  for (const Batch::Sequence& sequence : batch_.sequences)
    for (std::int32_t block : sequence.blocks) last_block = std::max(last_block, block);
  state_.cache.reserve(last_block + 1);
  upload();
  ops::Persistent* const gatherer = gatherer_of(batch_.tokens());
  state_.queue.gather(gatherer);
  norm_steps_ = gatherer != nullptr;
  decodes_ = ops::attention_i8_decodes(sequences_);
}

std::int64_t DeviceExecutor::rows(ValueId id) const {
  return rows_of(batch_, value(id).rows);
}

BufferView DeviceExecutor::elements_of(ValueId id) const {
  return memory_[static_cast<std::size_t>(plan_.elements[static_cast<std::size_t>(id)])];
}

BufferView DeviceExecutor::scales_of(ValueId id) const {
  return memory_[static_cast<std::size_t>(plan_.scales[static_cast<std::size_t>(id)])];
}

Tensor DeviceExecutor::f32(ValueId id) const {
  return {elements_of(id), DType::f32, rows(id), value(id).cols};
}

std::optional<Tensor> DeviceExecutor::wanted_f32(ValueId id) const {
  if (id == kNoValue) return std::nullopt;
  return f32(id);
}

ops::Codes DeviceExecutor::codes(ValueId id) const {
  const Value& v = value(id);
  const ops::CodesLayout layout = layouts_[static_cast<std::size_t>(id)];
  const DType dtype = ops::codes_dtype(layout);
  return {Tensor(elements_of(id), dtype, rows(id), v.cols, ops::codes_stride(layout, v.cols)),
          Tensor(scales_of(id), DType::f32, rows(id), (v.cols + v.group - 1) / v.group), v.group,
          layout};
}

void DeviceExecutor::step(std::size_t index) {
  const Node& node = graph().nodes[index];
  // A batch of which no row is wanted (a chunk of a prompt) has nothing for the head to do.
  if (!node.outputs.empty() && node.outputs.front() != kNoValue && rows(node.outputs.front()) == 0)
    return;
  if (merged(index)) return;
  state_.queue.set_label(node.name);
  if (first_of(index) != Fusion::kAlone)
    return fused(graph().nodes[static_cast<std::size_t>(first_of(index))], node);
  switch (node.op) {
    case Op::embedding:
      return embed(node);
    case Op::linear_w8a8:
    case Op::linear_f32:
    case Op::linear_f32_fast:
      return linear(node);
    case Op::layer_norm:
    case Op::add_layer_norm:
    case Op::layer_norm_quantize:
    case Op::add_layer_norm_quantize:
      return norm(node);
    case Op::quantize_qkv:
    case Op::store_kv:
    case Op::attention_i8:
    case Op::attention_f32:
      return attention(node);
    case Op::gather_rows:
      return gather(node);
    case Op::mean_pool:
      return ops::mean_pool(state_.queue, f32(node.inputs[0]), sequences_, f32(node.outputs[0]));
    case Op::quantize_tokens:
    case Op::gelu:
    case Op::gelu_quantize:
    case Op::tanh:
    case Op::relu:
    case Op::l2_normalize:
      return elementwise(node);
    case Op::layer_norm_f16:
    case Op::add_layer_norm_f16:
    case Op::layer_norm_f16_quantize:
    case Op::add_layer_norm_f16_quantize:
    case Op::gelu_f16:
    case Op::store_qkv_f16:
    case Op::linear_f16_n16f25:
    case Op::attention_f16_n16f25:
      return run_f16(node);
  }
}

void DeviceExecutor::embed(const Node& node) {
  std::optional<ops::EmbeddingInput> type, position;
  if (state_.weights.has(weight_name(node.weights[1])))
    type = ops::EmbeddingInput{types_, state_.weights.table(weight_name(node.weights[1]))};
  if (state_.weights.has(weight_name(node.weights[2])))
    position = ops::EmbeddingInput{positions_, state_.weights.table(weight_name(node.weights[2]))};
  ops::embedding(state_.queue, ids_, state_.weights.table(node.weights[0]), type, position,
                 f32(node.outputs[0]));
}

void DeviceExecutor::fused(const Node& first, const Node& node) {
  if (node.op == Op::quantize_tokens) return fused_attention(first, node);
  fused_linear(first, node);
}

void DeviceExecutor::fused_attention(const Node& first, const Node& node) {
  const Attributes& a = first.attributes;
  ops::attention_i8_quantize_tokens(state_.queue, codes(first.inputs[0]), sequences_,
                                    state_.cache.shape(), state_.cache.layer(a.cache_layer),
                                    {a.causal, a.scale}, codes(node.outputs[0]),
                                    attention_meeting_);
}

void DeviceExecutor::fused_linear(const Node& product, const Node& node) {
  if (product.op == Op::linear_f16_n16f25) return fused_linear_f16(product, node);
  const std::string bias = product.weights.size() > 1 ? product.weights[1] : "";
  const ops::Codes x = codes(product.inputs[0]);
  const ops::LinearW8A8Weight& w = state_.weights.linear_w8a8(product.weights[0], bias, x.group);
  if (node.op == Op::quantize_qkv)
    return ops::linear_w8a8_quantize_qkv(state_.queue, x, w, sequences_, state_.cache.shape(),
                                         state_.cache.layer(node.attributes.cache_layer),
                                         codes(node.outputs[0]));
  if (node.op == Op::add_layer_norm_f16_quantize) return fused_norm(node, x, w);
  ops::linear_w8a8_gelu_quantize(state_.queue, x, w, gelu_form(node), codes(node.outputs[0]),
                                 meeting_);
}

void DeviceExecutor::linear(const Node& node) {
  const std::string bias = node.weights.size() > 1 ? node.weights[1] : "";
  const Tensor y = f32(node.outputs[0]);
  if (node.op == Op::linear_w8a8) {
    ops::linear_w8a8(state_.queue, codes(node.inputs[0]),
                     state_.weights.linear_w8a8(node.weights[0], bias, value(node.inputs[0]).group),
                     y);
    return;
  }
  if (node.op == Op::linear_f32_fast) {
    ops::linear_f32_fast(state_.queue, f32(node.inputs[0]),
                         state_.weights.linear_f32(node.weights[0], bias, /*fast=*/true), y);
    return;
  }
  ops::linear_f32(state_.queue, f32(node.inputs[0]),
                  state_.weights.linear_f32(node.weights[0], bias), y);
}

void DeviceExecutor::attention(const Node& node) {
  const Attributes& a = node.attributes;
  const ops::KvCacheShape& shape = state_.cache.shape();
  const ops::KvCacheLayer& layer = state_.cache.layer(a.cache_layer);
  const ops::AttentionParams params{a.causal, a.scale};
  Queue& queue = state_.queue;
  switch (node.op) {
    case Op::quantize_qkv:
      return ops::quantize_qkv(queue, f32(node.inputs[0]), sequences_, shape, layer,
                               codes(node.outputs[0]));
    case Op::store_kv:
      return ops::store_kv(queue, f32(node.inputs[0]), sequences_, shape, layer);
    case Op::attention_i8:
      return ops::attention_i8(queue, codes(node.inputs[0]), sequences_, shape, layer, params,
                               f32(node.outputs[0]));
    default:
      return ops::attention_f32(queue, f32(node.inputs[0]), sequences_, shape, layer, params,
                                f32(node.outputs[0]));
  }
}

void DeviceExecutor::gather(const Node& node) {
  const bool outputs = node.attributes.select == Select::outputs;
  ops::GatherRows gather(outputs ? output_rows_ : first_rows_, rows(node.outputs[0]));
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId x = node.inputs[i], y = node.outputs[i];
    if (value(x).dtype == DType::f32)
      gather.add(f32(x), f32(y));
    else if (value(x).dtype == DType::f16)
      gather.add(f16(x), f16(y));
    else
      gather.add(codes(x), codes(y));
  }
  gather.launch(state_.queue);
}

void DeviceExecutor::elementwise(const Node& node) {
  const Tensor x = f32(node.inputs[0]);
  Queue& queue = state_.queue;
  switch (node.op) {
    case Op::quantize_tokens:
      return ops::quantize_tokens(queue, x, codes(node.outputs[0]));
    case Op::gelu_quantize:
      return ops::gelu_quantize(queue, x, gelu_form(node), codes(node.outputs[0]));
    case Op::gelu:
      return ops::gelu(queue, x, gelu_form(node), f32(node.outputs[0]));
    case Op::tanh:
      return ops::tanh(queue, x, f32(node.outputs[0]));
    case Op::relu:
      return ops::relu(queue, x, f32(node.outputs[0]));
    default:
      return ops::l2_normalize(queue, x, f32(node.outputs[0]));
  }
}

}  // namespace zerocl
