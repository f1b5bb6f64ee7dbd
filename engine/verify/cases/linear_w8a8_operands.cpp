#include "engine/verify/cases/linear_w8a8_operands.h"

#include "engine/verify/cases/linear_case.h"  // upload_bytes

namespace zerocl {

LinearW8A8Operands upload_linear_w8a8(Queue& queue, std::string_view variant,
                                      const reference::Quantized& x, const reference::Quantized& w,
                                      std::span<const float> bias) {
  LinearW8A8Operands out;
  ops::LinearW8A8Weight& weight = out.weight;
  weight.family = ops::linear_w8a8_family_of(variant);
  weight.outputs = w.codes.rows();
  weight.inputs = w.codes.cols();
  weight.group = w.group;
  std::vector<std::byte> packed(
      ops::packed_bytes_w8a8(weight.family, weight.outputs, weight.inputs, weight.group));
  ops::pack_linear_w8a8(weight.family, {w.codes.data(), static_cast<std::size_t>(w.codes.size())},
                        weight.outputs, weight.inputs, weight.group, packed);
  const std::vector<float> scales = ops::pack_scales_w8a8(
      weight.family, {w.scales.data(), static_cast<std::size_t>(w.scales.size())}, weight.outputs);
  weight.codes = out.codes = upload_bytes(queue, packed);
  weight.scales = out.scales = upload(queue, std::span(scales));
  if (!bias.empty()) weight.bias = out.bias = upload(queue, bias);
  const ops::CodesLayout layout = ops::linear_w8a8_input_layout_of(weight.family);
  out.x = upload(queue, x, layout, ops::codes_stride(layout, weight.inputs));
  return out;
}

}  // namespace zerocl
