#include "host/buffer.h"

#include <numeric>

#include "host/queue.h"
#include "host/tensor.h"
#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

using BufferTest = DeviceFixture;
using ArenaTest = DeviceFixture;

TEST(Aligned, RoundsUp) {
  EXPECT_EQ(aligned(0, 128), 0u);
  EXPECT_EQ(aligned(1, 128), 128u);
  EXPECT_EQ(aligned(128, 128), 128u);
  EXPECT_EQ(aligned(7, 3), 9u);
  EXPECT_THROW(aligned(SIZE_MAX - 1, 128), Error);
}

TEST(TensorTest, SizesAndLimits) {
  const BufferView view(nullptr, 1000, nullptr, 0, 0);
  const Tensor packed(view, DType::f32, 10, 25);
  EXPECT_TRUE(packed.contiguous());
  EXPECT_TRUE(packed.fits());
  EXPECT_EQ(packed.span_bytes(), 1000u);
  const Tensor strided(view, DType::i16, 10, 20, 50);
  EXPECT_FALSE(strided.contiguous());
  EXPECT_EQ(strided.span_bytes(), (9u * 50 + 20) * 2);
  EXPECT_TRUE(strided.fits());
  EXPECT_FALSE(Tensor(view, DType::i32, 251, 1).fits());
  EXPECT_FALSE(Tensor(view, DType::i8, 2, 20, 10).fits()) << "rows overlap";
  EXPECT_FALSE(Tensor(view, DType::i8, -1, 20).fits());
  EXPECT_EQ(Tensor(view, DType::f16, 0, 20).span_bytes(), 0u);
  EXPECT_EQ(tensor_bytes(DType::bf16, 3, 5), 30u);
}

TEST_F(BufferTest, WritesAndReadsBack) {
  const Buffer buffer(*context_, 4000);
  Queue queue(context_);
  std::vector<std::int32_t> in(1000);
  std::iota(in.begin(), in.end(), -500);
  queue.write(buffer, std::span(in));
  std::vector<std::int32_t> out(1000);
  queue.read(buffer, std::span(out));
  EXPECT_EQ(in, out);
  std::vector<std::int32_t> part(10);
  queue.read(buffer, std::span(part), 400);
  EXPECT_EQ(part, std::vector<std::int32_t>(in.begin() + 100, in.begin() + 110));
}

TEST_F(BufferTest, RefusesImpossibleSizes) {
  EXPECT_TRUE(contains(error_of([&] { Buffer(*context_, 0); }), "cannot be empty"));
  const std::string text = error_of(
      [&] { Buffer(*context_, static_cast<std::size_t>(device_.facts.max_alloc_bytes) + 1); });
  EXPECT_TRUE(contains(text, "too large")) << text;
  EXPECT_TRUE(contains(text, device_.facts.name)) << text;
}

TEST_F(BufferTest, SubBuffersShareTheMemory) {
  const std::size_t step = device_.facts.mem_base_align_bytes;
  Buffer part;
  Queue queue(context_);
  {
    const Buffer whole(*context_, 4 * step);
    part = whole.sub_buffer(step, 2 * step);
    queue.fill(whole, 0x01020304);
    EXPECT_EQ(part.view().root, whole.handle());
  }  // the sub-buffer keeps the memory alive
  EXPECT_EQ(part.view().root_offset, step);
  EXPECT_EQ(part.bytes(), 2 * step);
  std::uint32_t value = 0;
  queue.read(part, std::span(&value, 1), step);
  EXPECT_EQ(value, 0x01020304u);
  const Buffer inner = part.sub_buffer(step, 4);
  EXPECT_EQ(inner.view().root_offset, 2 * step);
}

TEST_F(BufferTest, RefusesBadSubBuffers) {
  const std::size_t step = device_.facts.mem_base_align_bytes;
  const Buffer whole(*context_, 4 * step);
  EXPECT_TRUE(contains(error_of([&] { whole.sub_buffer(step + 4, 4); }), "alignment"));
  EXPECT_TRUE(contains(error_of([&] { whole.sub_buffer(4 * step, 4); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { whole.sub_buffer(step, SIZE_MAX); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { whole.sub_buffer(0, 0); }), "does not lie"));
}

TEST_F(BufferTest, ViewsOfCallersMemoryKnowTheirSize) {
  const Buffer buffer(*context_, 640);
  const BufferView view = buffer.handle();
  EXPECT_EQ(view.bytes, 640u);
  EXPECT_FALSE(BufferView(nullptr));
}

TEST_F(ArenaTest, HandsOutSeparateAlignedRanges) {
  const std::size_t step = device_.facts.mem_base_align_bytes;
  Arena arena(context_, 10 * step);
  Queue queue(context_);
  std::vector<BufferView> ranges;
  for (std::uint32_t i = 0; i < 12; ++i) {
    ranges.push_back(arena.allocate(4 + 4 * i));
    EXPECT_EQ(ranges.back().root_offset % step, 0u);
    EXPECT_EQ(ranges.back().bytes, 4 + 4 * i);
    queue.fill(ranges.back(), 1000 + i);
  }
  for (std::uint32_t i = 0; i < 12; ++i) {
    std::vector<std::uint32_t> values(i + 1);
    queue.read(ranges[i], std::span(values));
    EXPECT_EQ(values, std::vector<std::uint32_t>(i + 1, 1000 + i)) << i;
  }
  EXPECT_EQ(arena.allocated_bytes(), 12u * 4 + 4 * 66);
  EXPECT_LE(arena.block_count(), 3u);
}

TEST_F(ArenaTest, LargeRequestsGetTheirOwnBlock) {
  const std::size_t step = device_.facts.mem_base_align_bytes;
  Arena arena(context_, 4 * step);
  const BufferView small = arena.allocate(step);
  const BufferView large = arena.allocate(100 * step);
  const BufferView next = arena.allocate(step);
  EXPECT_NE(small.root, large.root);
  EXPECT_EQ(small.root, next.root) << "the shared block goes on being filled";
  EXPECT_EQ(next.root_offset, step);
  EXPECT_EQ(arena.reserved_bytes(), 104 * step);
  EXPECT_THROW(arena.allocate(0), Error);
  EXPECT_THROW(arena.allocate(static_cast<std::size_t>(device_.facts.max_alloc_bytes) + 1), Error);
}

}  // namespace
}  // namespace zerocl
