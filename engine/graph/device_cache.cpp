#include <algorithm>

#include "engine/graph/device_state.h"

namespace zerocl {
namespace {

// A larger copy of a buffer: what it held, then whatever memory holds. Empty for no bytes.
Buffer grown(Queue& queue, const Buffer& old, std::size_t bytes) {
  if (bytes == 0) return {};
  Buffer buffer(*queue.context(), bytes);
  if (old) queue.copy(old, buffer, old.bytes());
  return buffer;
}

}  // namespace

void DeviceCache::reserve(std::int64_t blocks) {
  if (blocks <= shape_.blocks) return;
  const std::int64_t before = shape_.blocks;
  queue_.finish();  // the old buffers are about to be freed; rare, so it need not be clever
  // Half as much again, so that a text that grows token by token moves its cache rarely.
  shape_.blocks = std::max(blocks, before + before / 2);
  for (auto& [index, layer] : layers_) grow(layer, before);
  queue_.finish();
}

const ops::KvCacheLayer& DeviceCache::layer(int index) {
  Layer& layer = layers_[index];
  if (!layer.keys) grow(layer, 0);
  return layer.view;
}

// Blocks are outermost in every layout, so the old bytes are the new buffer's beginning.
void DeviceCache::grow(Layer& layer, std::int64_t before) {
  layer.keys = grown(queue_, layer.keys, shape_.key_bytes());
  layer.values = grown(queue_, layer.values, shape_.value_bytes());
  layer.key_scales = grown(queue_, layer.key_scales, shape_.scale_bytes());
  layer.value_scales = grown(queue_, layer.value_scales, shape_.scale_bytes());
  layer.view = {layer.keys, layer.key_scales, layer.values, layer.value_scales};
  ops::clear_kv(queue_, shape_, layer.view, before);
}

}  // namespace zerocl
