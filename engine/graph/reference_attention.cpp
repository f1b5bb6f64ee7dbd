// The reference executor's keys and values, and attention over them, sequence by sequence.
#include <fmt/format.h>

#include <cstring>

#include "engine/graph/reference_executor.h"
#include "reference/attention_f32.h"
#include "reference/attention_i8.h"
#include "reference/quantize_qkv.h"
#include "reference/store_kv.h"

namespace zerocl {
namespace {

using reference::Index;
using reference::Quantized;

// `to` keeps its first `position` rows and gets `from`'s rows [first, first + count) after them.
template <class M>
void put_rows(M& to, const M& from, Index position, Index first, Index count) {
  M grown(position + count, from.cols());
  if (position > 0) grown.topRows(position) = to.topRows(position);
  grown.bottomRows(count) = from.middleRows(first, count);
  to = std::move(grown);
}

void put_rows(Quantized& to, const Quantized& from, Index position, Index first, Index count) {
  put_rows(to.codes, from.codes, position, first, count);
  put_rows(to.scales, from.scales, position, first, count);
  to.group = from.group;
}

Quantized slice(const Quantized& from, Index first, Index count) {
  return {from.codes.middleRows(first, count), from.scales.middleRows(first, count), from.group};
}

template <class M>
void add_rows(const std::string& name, const M& matrix, Index first, Index count, DType dtype,
              std::vector<HostTensor>& out) {
  HostTensor tensor = make_host_tensor(name, dtype, count, matrix.cols());
  const M rows = matrix.middleRows(first, count);
  std::memcpy(tensor.data.data(), rows.data(), tensor.data.size());
  out.push_back(std::move(tensor));
}

}  // namespace

void ReferenceExecutor::store(const Node& node) {
  const reference::MatrixF& qkv = f32(node, 0);
  const int layer = node.attributes.cache_layer;
  Index row = 0;
  if (node.op == Op::quantize_qkv) {
    reference::QuantizedQkv parts = reference::quantize_qkv(qkv, node.attributes.heads);
    for (const Batch::Sequence& sequence : batch_.sequences) {
      ReferenceState::KeysValues& held = state_.cache(layer, sequence.id);
      put_rows(held.key_codes, parts.k, sequence.position, row, sequence.length);
      put_rows(held.value_codes, parts.v, sequence.position, row, sequence.length);
      row += sequence.length;
    }
    return set(node.outputs[0], std::move(parts.q));
  }
  const reference::KeysValues parts = reference::store_kv(qkv);
  for (const Batch::Sequence& sequence : batch_.sequences) {
    ReferenceState::KeysValues& held = state_.cache(layer, sequence.id);
    put_rows(held.keys, parts.k, sequence.position, row, sequence.length);
    put_rows(held.values, parts.v, sequence.position, row, sequence.length);
    row += sequence.length;
  }
}

void ReferenceExecutor::attend(const Node& node) {
  const Attributes& a = node.attributes;
  const Index width = a.heads * a.head_size;
  reference::MatrixF out(batch_.tokens(), width);
  Index row = 0;
  for (const Batch::Sequence& sequence : batch_.sequences) {
    const ReferenceState::KeysValues& held = state_.cache(a.cache_layer, sequence.id);
    if (node.op == Op::attention_i8) {
      out.middleRows(row, sequence.length) =
          reference::attention_i8(slice(codes(node, 0), row, sequence.length), held.key_codes,
                                  held.value_codes, sequence.position, a.causal, a.scale);
    } else {
      const reference::MatrixF q = f32(node, 0).block(row, 0, sequence.length, width);
      out.middleRows(row, sequence.length) = reference::attention_f32(
          q, held.keys, held.values, a.heads, sequence.position, a.causal, a.scale);
    }
    row += sequence.length;
  }
  set(node.outputs[0], std::move(out));
}

// The keys and values that a node has just stored, named and ordered as the device executor does.
void ReferenceExecutor::add_cache_rows(const Node& node, std::vector<HostTensor>& out) {
  for (std::size_t s = 0; s < batch_.sequences.size(); ++s) {
    const Batch::Sequence& sequence = batch_.sequences[s];
    const ReferenceState::KeysValues& held = state_.cache(node.attributes.cache_layer, sequence.id);
    const auto add = [&](const char* what, const auto& matrix, DType dtype) {
      add_rows(fmt::format("{}[sequence {}]", what, s), matrix, sequence.position, sequence.length,
               dtype, out);
    };
    if (node.op == Op::quantize_qkv) {
      add("key codes", held.key_codes.codes, DType::i8);
      add("key scales", held.key_codes.scales, DType::f32);
      add("value codes", held.value_codes.codes, DType::i8);
      add("value scales", held.value_codes.scales, DType::f32);
    } else if (node.op == Op::store_qkv_f16) {
      add("keys", held.key_halves, DType::f16);
      add("values", held.value_halves, DType::f16);
    } else {
      add("keys", held.keys, DType::f32);
      add("values", held.values, DType::f32);
    }
  }
}

}  // namespace zerocl
