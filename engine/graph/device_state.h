#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/models/weights.h"
#include "host/context.h"
#include "host/ops/embedding.h"          // EmbeddingTable
#include "host/ops/kv_cache.h"           // KvCacheShape, KvCacheLayer
#include "host/ops/linear_f16_n16f25.h"  // LinearF16Weight
#include "host/ops/linear_f32.h"         // LinearF32Weight
#include "host/ops/linear_w8a8.h"        // LinearW8A8Weight
#include "host/ops/persistent.h"
#include "host/queue.h"

namespace zerocl {

// A model's weights on one device, in the layouts that its kernel variants read. Each is read from
// disk, packed and uploaded when a node first asks for it; the copy on the host is freed at once.
class DeviceWeights {
 public:
  DeviceWeights(std::shared_ptr<const Model> model, Queue& queue);

  // Of a product with K = `inputs` and activations in groups of `x_group`: the variant that this
  // device runs.
  const Variant& linear_w8a8_variant(const std::string& weight, std::int64_t inputs,
                                     std::int64_t x_group) const;
  // Packed for that variant. `bias`: canonical name, or empty.
  const ops::LinearW8A8Weight& linear_w8a8(const std::string& weight, const std::string& bias,
                                           std::int64_t x_group);
  // `fast`: packed for linear_f32_fast.
  const ops::LinearF32Weight& linear_f32(const std::string& weight, const std::string& bias,
                                         bool fast = false);
  const ops::LinearF16Weight& linear_f16(const std::string& weight, const std::string& bias);
  BufferView vector(const std::string& name);
  const ops::EmbeddingTable& table(const std::string& name);
  bool has(const std::string& name) const { return reader_.has(name); }
  // Inputs per scale of a matrix in codes.
  std::int64_t group(const std::string& name) const { return reader_.group(name); }

 private:
  // A float matrix; an INT8 table (a tied head's) is multiplied out by the operator dequantize.
  FloatMatrix float_matrix(const std::string& name);

  std::shared_ptr<const Model> model_;
  WeightReader reader_;
  Queue& queue_;
  Arena arena_;
  std::map<std::string, ops::LinearW8A8Weight> w8a8_;
  std::map<std::string, ops::LinearF32Weight> f32_;
  std::map<std::string, ops::LinearF16Weight> f16_;
  std::map<std::string, BufferView> vectors_;
  std::map<std::string, ops::EmbeddingTable> tables_;
};

// The key/value cache of a session: one layer's buffers for each cache layer of the graph, grown by
// whole blocks; growing keeps the keys and values that are there.
class DeviceCache {
 public:
  DeviceCache(Queue& queue, const ops::KvCacheShape& shape) : queue_(queue), shape_(shape) {}

  // Room for `blocks` blocks in every layer that exists or comes. Where it throws Error, memory is
  // short, the cache stays as it was.
  void reserve(std::int64_t blocks);
  const ops::KvCacheLayer& layer(int index);
  const ops::KvCacheShape& shape() const { return shape_; }
  // Another one wherever a buffer that layer() gave may be gone.
  std::uint64_t version() const { return version_; }

 private:
  struct Layer {
    std::int64_t blocks = 0;  // that its buffers hold, at least those of shape_
    Buffer keys, key_scales, values, value_scales;
    ops::KvCacheLayer view;
  };
  // Buffers of that shape, or of more blocks; those of the layer keep what they hold.
  void grow(Layer& layer, const ops::KvCacheShape& shape);

  Queue& queue_;
  ops::KvCacheShape shape_;
  std::map<int, Layer> layers_;
  std::uint64_t version_ = 0;
};

// What the device executors of one session share.
struct DeviceState {
  // `device`: as SessionOptions; `inject`: "OPERATOR:KIND" or empty. `time_steps`: the persistent
  // kernels time their steps. Throws Error.
  DeviceState(const std::shared_ptr<const Model>& model, const std::string& device, bool profile,
              const std::string& inject, bool time_steps = false);

  std::shared_ptr<Context> context;
  Queue queue;
  DeviceWeights weights;
  DeviceCache cache;
  ops::PersistentTimes step_times;  // empty unless `time_steps`
  // Gather the launches of small batches, and of larger ones, where the device can; nothing where
  // it cannot, nor in a profile, which times each kernel, nor where an injection spoils one.
  std::unique_ptr<ops::Persistent> persistent, persistent_mid;
};

}  // namespace zerocl
