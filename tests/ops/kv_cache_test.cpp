#include "host/ops/kv_cache.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/verify/cases/attention_case.h"
#include "tests/ops/family_test.h"

namespace zerocl {
namespace {

using Shape = ops::KvCacheShape;

std::vector<Shape> shapes(std::int64_t heads, std::int64_t head_size, std::int64_t blocks) {
  std::vector<Shape> all;
  for (const Shape::Type type : {Shape::Type::i8, Shape::Type::f32})
    for (const ops::KvLayout layout : {ops::KvLayout::cpu, ops::KvLayout::gpu})
      all.push_back({type, layout, heads, head_size, blocks});
  return all;
}

struct Cache {
  Buffer keys, key_scales, values, value_scales;
  ops::KvCacheLayer layer;
};
Cache make_cache(Queue& queue, const Shape& shape) {
  const auto allocate = [&](std::size_t bytes) {
    return bytes == 0 ? Buffer() : Buffer(*queue.context(), bytes);
  };
  Cache cache{allocate(shape.key_bytes()),
              allocate(shape.scale_bytes()),
              allocate(shape.value_bytes()),
              allocate(shape.scale_bytes()),
              {}};
  cache.layer = {cache.keys, cache.key_scales, cache.values, cache.value_scales};
  return cache;
}

// Rows whose every element tells its row and column apart.
ops::KvRows numbered_rows(const Shape& shape, std::int64_t count) {
  ops::KvRows rows;
  for (std::int64_t i = 0; i < count * shape.heads * shape.head_size; ++i) {
    if (shape.type == Shape::Type::i8) {
      rows.key_codes.push_back(static_cast<std::int8_t>(i % 255 - 127));
      rows.value_codes.push_back(static_cast<std::int8_t>(i % 253 - 126));
    } else {
      rows.keys.push_back(static_cast<float>(i));
      rows.values.push_back(static_cast<float>(-i));
    }
  }
  for (std::int64_t i = 0; shape.type == Shape::Type::i8 && i < count * shape.heads; ++i) {
    rows.key_scales.push_back(static_cast<float>(i) + 0.25f);
    rows.value_scales.push_back(static_cast<float>(i) + 0.75f);
  }
  return rows;
}

TEST(KvCache, RowsComeBackFromEveryLayout) {
  Queue& queue = shared_queue();
  const std::vector<std::int32_t> blocks = {3, 0, 2};
  for (const std::int64_t size : {1, 2, 15, 24, 80, 256})
    for (const Shape& shape : shapes(2, size, 4)) {
      const Cache cache = make_cache(queue, shape);
      ops::clear_kv(queue, shape, cache.layer);
      const ops::KvRows rows = numbered_rows(shape, 100);
      ops::write_kv(queue, shape, cache.layer, blocks, 40, 100, rows);
      const ops::KvRows back = ops::read_kv(queue, shape, cache.layer, blocks, 40, 100);
      EXPECT_EQ(rows.key_codes, back.key_codes);
      EXPECT_EQ(rows.value_codes, back.value_codes);
      EXPECT_EQ(rows.key_scales, back.key_scales);
      EXPECT_EQ(rows.value_scales, back.value_scales);
      EXPECT_EQ(rows.keys, back.keys);
      EXPECT_EQ(rows.values, back.values);
      // The rows around them are still clear.
      for (const std::int64_t other : {std::int64_t{39}, std::int64_t{140}}) {
        const ops::KvRows clear = ops::read_kv(queue, shape, cache.layer, blocks, other, 1);
        for (const float value : clear.keys) EXPECT_EQ(value, 0.0f);
        for (const std::int8_t code : clear.value_codes) EXPECT_EQ(code, 0);
      }
    }
}

// A head's part holds every (slot, d) in a place of its own, and the padding is no larger than it
// has to be.
TEST(KvCache, LayoutsHaveOnePlaceForEveryElement) {
  for (const int size : {1, 2, 3, 16, 17, 24, 64, 80, 255, 256}) {
    const auto places = [&](auto index) {
      std::set<int> seen;
      for (int slot = 0; slot < KEY_BLOCK; ++slot)
        for (int d = 0; d < size; ++d) seen.insert(index(slot, d));
      EXPECT_EQ(static_cast<int>(seen.size()), KEY_BLOCK * size) << "D=" << size;
      EXPECT_EQ(*seen.begin(), 0);
      return *seen.rbegin();
    };
    EXPECT_LT(places([](int s, int d) { return KV_CPU_I8_KEY(s, d); }), KV_CPU_I8_KEYS(size));
    EXPECT_LT(places([&](int s, int d) { return KV_CPU_I8_VALUE(s, d, size); }),
              KV_PADDED_PART(size));
    EXPECT_LT(places([](int s, int d) { return KV_CPU_F32_KEY(s, d); }), KV_CPU_F32_KEYS(size));
    EXPECT_LT(places([](int s, int d) { return KV_GPU_I8_KEY(s, d); }), KV_PADDED_PART(size));
    EXPECT_LT(places([&](int s, int d) { return KV_GPU_I8_VALUE(s, d, size); }),
              KV_PADDED_PART(size));
    EXPECT_LT(places([](int s, int d) { return KV_GPU_F32_KEY(s, d); }), KV_PADDED_PART(size));
    EXPECT_LT(places([&](int s, int d) { return KV_F32_VALUE(s, d, size); }), KV_PADDED_PART(size));
    EXPECT_LT(KV_PADDED(size), size + KV_HEAD_ALIGN);
  }
}

TEST(KvCache, BytesOfALayer) {
  for (const Shape& shape : shapes(12, 64, 10)) {
    const std::size_t elements = 10 * 64 * 12 * 64;
    const bool codes = shape.type == Shape::Type::i8;
    EXPECT_EQ(shape.key_bytes(), elements * (codes ? 1 : 4));
    EXPECT_EQ(shape.value_bytes(), elements * (codes ? 1 : 4));
    EXPECT_EQ(shape.scale_bytes(), codes ? 10U * 64 * 12 * 4 : 0U);
  }
}

TEST(KvCache, ClearsFromABlockOn) {
  Queue& queue = shared_queue();
  for (const Shape& shape : shapes(3, 5, 3)) {
    const Cache cache = make_cache(queue, shape);
    const std::vector<std::int32_t> blocks = {0, 1, 2};
    ops::clear_kv(queue, shape, cache.layer);
    const ops::KvRows rows = numbered_rows(shape, 192);
    ops::write_kv(queue, shape, cache.layer, blocks, 0, 192, rows);
    ops::clear_kv(queue, shape, cache.layer, 1);
    const ops::KvRows kept = ops::read_kv(queue, shape, cache.layer, blocks, 0, 64);
    const ops::KvRows gone = ops::read_kv(queue, shape, cache.layer, blocks, 64, 128);
    EXPECT_TRUE(std::equal(kept.keys.begin(), kept.keys.end(), rows.keys.begin()));
    EXPECT_TRUE(std::equal(kept.key_codes.begin(), kept.key_codes.end(), rows.key_codes.begin()));
    for (const float value : gone.values) EXPECT_EQ(value, 0.0f);
    for (const float scale : gone.key_scales) EXPECT_EQ(scale, 0.0f);
    for (const std::int8_t code : gone.value_codes) EXPECT_EQ(code, 0);
  }
}

TEST(KvCache, RefusesWhatItCannotHold) {
  Queue& queue = shared_queue();
  const auto make = [&](std::int64_t heads, std::int64_t size, std::int64_t blocks) {
    return [&queue, heads, size, blocks] {
      ops::make_kv_cache_shape(Shape::Type::i8, heads, size, blocks, queue.facts());
    };
  };
  expect_error(make(1, 257, 1), {"key/value cache", "1 heads of 257", "1 to 256"});
  expect_error(make(1, 0, 1), {"heads of 0"});
  expect_error(make(0, 64, 1), {"0 heads"});
  expect_error(make(1 << 25, 64, 1), {"33554432 heads"});
  expect_error(make(1, 64, std::int64_t{1} << 26), {"67108864 blocks"});

  const Shape shape = {Shape::Type::i8, ops::KvLayout::cpu, 1, 8, 2};
  const Cache cache = make_cache(queue, shape);
  const std::vector<std::int32_t> blocks = {1}, outside = {2};
  const auto read = [&](const std::vector<std::int32_t>& from, std::int64_t first,
                        std::int64_t count) {
    return [&queue, &shape, &cache, from, first, count] {
      ops::read_kv(queue, shape, cache.layer, from, first, count);
    };
  };
  expect_error(read(blocks, 60, 5), {"rows 60 to 65", "1 blocks of the sequence"});
  expect_error(read(blocks, -1, 1), {"rows -1 to 0"});
  expect_error(read(outside, 0, 1), {"cache of 2 blocks"});
  const auto write = [&] {
    ops::write_kv(queue, shape, cache.layer, blocks, 0, 2, numbered_rows(shape, 1));
  };
  expect_error(write, {"write_kv", "do not hold 2 rows"});
}

}  // namespace
}  // namespace zerocl
