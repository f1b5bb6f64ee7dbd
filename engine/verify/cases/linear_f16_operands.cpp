#include "engine/verify/cases/linear_f16_operands.h"

namespace zerocl {

LinearF16Operands upload_linear_f16(Queue& queue, std::string_view variant,
                                    const reference::MatrixF16& x, const reference::MatrixF16& w,
                                    std::span<const float> bias) {
  LinearF16Operands out;
  ops::LinearF16Weight& weight = out.weight;
  weight.family = ops::linear_f16_family_of(variant);
  weight.outputs = w.rows();
  weight.inputs = w.cols();
  std::vector<std::uint16_t> packed(
      ops::packed_halves(weight.family, weight.outputs, weight.inputs));
  ops::pack_linear_f16(weight.family, {w.data(), static_cast<std::size_t>(w.size())},
                       weight.outputs, weight.inputs, packed);
  weight.values = out.w = upload(queue, std::span<const std::uint16_t>(packed));
  if (!bias.empty()) weight.bias = out.bias = upload(queue, bias);
  out.x = upload_f16(queue, x, ops::linear_f16_input_layout(weight.family));
  return out;
}

}  // namespace zerocl
