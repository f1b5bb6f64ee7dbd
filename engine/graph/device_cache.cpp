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
  queue_.finish();  // the old buffers are about to be freed; rare, so it need not be clever
  // Half as much again, so that a text that grows token by token moves its cache rarely.
  ops::KvCacheShape larger = shape_;
  larger.blocks = std::max(blocks, shape_.blocks + shape_.blocks / 2);
  for (auto& [index, layer] : layers_) grow(layer, larger);
  queue_.finish();
  shape_ = larger;
}

const ops::KvCacheLayer& DeviceCache::layer(int index) {
  Layer& layer = layers_[index];
  if (!layer.keys) grow(layer, shape_);
  return layer.view;
}

// Blocks are outermost in every layout, so the old bytes are the new buffer's beginning.
void DeviceCache::grow(Layer& layer, const ops::KvCacheShape& shape) {
  // It may be larger than shape_ says: where memory ended at a later layer, it stays as it is.
  if (layer.keys && layer.blocks >= shape.blocks) return;
  Layer larger;
  larger.blocks = shape.blocks;
  larger.keys = grown(queue_, layer.keys, shape.key_bytes());
  larger.values = grown(queue_, layer.values, shape.value_bytes());
  larger.key_scales = grown(queue_, layer.key_scales, shape.scale_bytes());
  larger.value_scales = grown(queue_, layer.value_scales, shape.scale_bytes());
  larger.view = {larger.keys, larger.key_scales, larger.values, larger.value_scales};
  ops::clear_kv(queue_, shape, larger.view, layer.blocks);
  ++version_;
  layer = std::move(larger);
}

}  // namespace zerocl
