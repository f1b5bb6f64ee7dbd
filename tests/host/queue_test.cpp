#include "host/queue.h"

#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

class QueueTest : public QueueFixture {
 protected:
  std::vector<std::int32_t> y() {
    std::vector<std::int32_t> values(64);
    queue_->read(y_, std::span(values));
    return values;
  }

  const KernelId affine_{"affine", ""};
};

TEST_F(QueueTest, LaunchesWithBuffersAndAStruct) {
  queue_->launch(affine_, {64}, {1}, {x_, y_}, affine_args{64, 3, 5});
  for (std::int32_t i = 0; i < 64; ++i) EXPECT_EQ(y()[static_cast<std::size_t>(i)], 3 * i + 5);
  queue_->launch({"reversed", "group"}, {64}, {64}, {x_, y_}, affine_args{64, 0, 0});
  EXPECT_EQ(y()[0], 63);
}

TEST_F(QueueTest, TakesNullBuffersAndPlainMemoryObjects) {
  queue_->launch(affine_, {64}, {1}, {nullptr, y_.handle()}, affine_args{64, 3, 5});
  EXPECT_EQ(y(), std::vector<std::int32_t>(64, 5));
}

TEST_F(QueueTest, AnEmptyRangeDoesNothing) {
  queue_->fill(y_, 7);
  queue_->launch(affine_, {0}, {1}, {x_, y_}, affine_args{0, 3, 5});
  EXPECT_EQ(y(), std::vector<std::int32_t>(64, 7));
}

TEST_F(QueueTest, RefusesAWrongNumberOfBuffers) {
  queue_->set_label("layer.3.attention.qkv");
  const std::string text = error_of([&] {
    queue_->launch(affine_, {64}, {1}, {x_, y_, y_}, affine_args{64, 3, 5});
  });
  EXPECT_TRUE(contains(text, "kernel affine: takes 3 arguments, got 3 buffers")) << text;
  EXPECT_TRUE(contains(text, "layer.3.attention.qkv")) << text;
  EXPECT_TRUE(contains(text, device_.facts.name)) << text;
  EXPECT_NE(error_of([&] { queue_->launch(affine_, {64}, {1}, {x_}, affine_args{}); }), "no error");
}

TEST_F(QueueTest, RefusesAStructOfAnotherSize) {
  struct {
    std::int32_t count, factor;
  } smaller = {64, 3};
  struct {
    std::int32_t count, factor, summand, more;
  } larger = {64, 3, 5, 7};
  queue_->fill(y_, 7);
  const std::string text = error_of([&] { queue_->launch(affine_, {64}, {1}, {x_, y_}, smaller); });
  EXPECT_TRUE(contains(text, "affine")) << text;
  if (!device_.facts.is_nvidia()) {
    EXPECT_TRUE(contains(text, "has 12 bytes on the device, 8 on the host")) << text;
  }
  EXPECT_NE(error_of([&] { queue_->launch(affine_, {64}, {1}, {x_, y_}, larger); }), "no error");
  EXPECT_EQ(y(), std::vector<std::int32_t>(64, 7)) << "nothing ran";
}

TEST_F(QueueTest, RefusesBadRanges) {
  const affine_args args{64, 3, 5};
  const auto text = [&](Range global, Range local) {
    return error_of([&] { queue_->launch(affine_, global, local, {x_, y_}, args); });
  };
  EXPECT_TRUE(contains(text({64}, {48}), "no multiple"));
  EXPECT_TRUE(contains(text({64}, {0}), "size 0"));
  const std::size_t huge = 2 * device_.facts.max_work_group_size;
  EXPECT_TRUE(contains(text({huge}, {huge}), "is larger than"));
  EXPECT_EQ(text({64}, {1}), "no error") << "the queue goes on working";
}

TEST_F(QueueTest, CopiesAndFillsRanges) {
  queue_->fill(y_, 9);
  queue_->copy(x_, y_, 40, 80, 8);
  std::vector<std::int32_t> expected(64, 9);
  std::iota(expected.begin() + 2, expected.begin() + 12, 20);
  EXPECT_EQ(y(), expected);
  queue_->fill(y_, 0, 12, 8);
  expected[3] = expected[4] = 0;
  EXPECT_EQ(y(), expected);
}

TEST_F(QueueTest, RefusesRangesOutsideABuffer) {
  std::vector<std::byte> data(257);
  EXPECT_TRUE(contains(error_of([&] { queue_->read(x_, std::span(data)); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { queue_->write(x_, std::span(data)); }), "does not lie"));
  const std::span<std::byte> four(data.data(), 4);
  EXPECT_TRUE(contains(error_of([&] { queue_->read(x_, four, 253); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { queue_->read(x_, four, SIZE_MAX); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { queue_->copy(x_, y_, 8, 0, 252); }), "copy to"));
  EXPECT_TRUE(contains(error_of([&] { queue_->fill(x_, 0, 252, 8); }), "does not lie"));
  EXPECT_TRUE(contains(error_of([&] { queue_->fill(x_, 0, 2, 4); }), "4-byte words"));
  EXPECT_TRUE(contains(error_of([&] { queue_->read(nullptr, four); }), "null buffer"));
  EXPECT_EQ(error_of([&] { queue_->read(x_, std::span<std::byte>(), 256); }), "no error");
}

TEST_F(QueueTest, FillsMoreThanOnePiece) {
  const std::size_t bytes = (std::size_t{256} << 20) + 64;
  if (device_.facts.max_alloc_bytes < bytes) GTEST_SKIP() << "the device's buffers are smaller";
  const Buffer large(*context_, bytes);
  queue_->fill(large, 0xabcd1234);
  std::vector<std::uint32_t> end(32);
  queue_->read(large, std::span(end), bytes - 128);
  EXPECT_EQ(end, std::vector<std::uint32_t>(32, 0xabcd1234));
}

TEST_F(QueueTest, OpenClErrorsNameCallStatusAndNode) {
  queue_->set_label("layer.0.mlp");
  // The same memory as source and target overlaps: an error that only OpenCL notices.
  const std::string text = error_of([&] { queue_->copy(x_, x_, 64, 0, 32); });
  EXPECT_TRUE(contains(text, "clEnqueueCopyBuffer: CL_MEM_COPY_OVERLAP (-8)")) << text;
  EXPECT_TRUE(contains(text, "at layer.0.mlp")) << text;
  EXPECT_NO_THROW(queue_->finish()) << "a wrong argument does not lose the device";
}

TEST_F(QueueTest, AdoptsACallersQueue) {
  cl_int status = CL_SUCCESS;
  const QueueHandle theirs(clCreateCommandQueue(context_->handle(), device_.id, 0, &status));
  ASSERT_EQ(status, CL_SUCCESS);
  Queue adopted = Queue::adopt(context_, theirs.get());
  EXPECT_EQ(adopted.handle(), theirs.get());
  adopted.launch(affine_, {64}, {1}, {x_, y_}, affine_args{64, 2, 0});
  adopted.finish();
  EXPECT_EQ(y()[63], 126);
  EXPECT_TRUE(
      contains(error_of([&] { Queue::adopt(context_, theirs.get(), true); }), "does not profile"));
  const auto other = Context::create(device_, test_options());
  EXPECT_TRUE(contains(error_of([&] { Queue::adopt(other, theirs.get()); }), "another context"));
}

TEST_F(QueueTest, RefusesAnOutOfOrderQueue) {
  cl_int status = CL_SUCCESS;
  const QueueHandle theirs(clCreateCommandQueue(context_->handle(), device_.id,
                                                CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &status));
  if (status != CL_SUCCESS) GTEST_SKIP() << "the device has no out-of-order queues";
  EXPECT_TRUE(contains(error_of([&] { Queue::adopt(context_, theirs.get()); }), "not in-order"));
}

// A kernel that writes through a null pointer: NVIDIA's driver reports it when the queue is waited
// for. PoCL runs kernels in this very process, which would not survive.
TEST_F(QueueTest, ALostDeviceIsReportedAndNotUsedAgain) {
  if (!device_.facts.is_nvidia()) GTEST_SKIP() << "only NVIDIA's driver survives a bad kernel";
  queue_->set_label("layer.7.bad");
  queue_->launch(affine_, {64}, {1}, {x_, nullptr}, affine_args{64, 3, 5});
  const std::string first = error_of([&] { queue_->finish(); });
  EXPECT_TRUE(contains(first, "clFinish")) << first;
  EXPECT_TRUE(contains(first, device_.facts.name)) << first;
  const std::string later = error_of([&] {
    queue_->launch(affine_, {64}, {1}, {x_, y_}, affine_args{64, 3, 5});
  });
  EXPECT_TRUE(contains(later, "the device was lost earlier: clFinish")) << later;
}

}  // namespace
}  // namespace zerocl
