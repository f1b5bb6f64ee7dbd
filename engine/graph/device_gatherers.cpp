// Which persistent kernel gathers a batch's launches.
#include <algorithm>

#include "engine/graph/device_executor.h"
#include "host/ops/launch.h"  // row_warp_kernel

namespace zerocl {

void DeviceExecutor::find_gatherers() {
  // Decoders' calls of one token a sequence have attention that the persistent kernels do not know,
  // and they know no products with groups along K, nor what f16 and f32 models mostly run: launches
  // would be gathered by twos.
  const auto unknown = [&](const Node& node) {
    return node.attributes.causal || node.op == Op::attention_f16_n16f25 ||
           node.op == Op::attention_f32 ||
           (node.op == Op::linear_w8a8 && linear_w8a8_groups(node).any());
  };
  gatherable_ = std::none_of(graph().nodes.begin(), graph().nodes.end(), unknown);
  // Norms of rows too wide for one warp's kernel would each end a launch.
  const auto wide_norm = [&](const Node& node) {
    const std::int64_t cols = node.inputs.empty() ? 0 : value(node.inputs[0]).cols;
    return node.op == Op::add_layer_norm_f16_quantize && ops::row_warp_kernel(cols, cols) != "warp";
  };
  mid_knows_norms_ = std::none_of(graph().nodes.begin(), graph().nodes.end(), wide_norm);
}

ops::Persistent* DeviceExecutor::gatherer_of(std::int64_t tokens) const {
  if (!gatherable_) return nullptr;
  return gatherer_for(tokens, state_.persistent.get(), mid_gatherer());
}

}  // namespace zerocl
