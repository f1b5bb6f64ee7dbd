#include "host/program.h"

#include "host/log.h"
#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

class ProgramTest : public DeviceFixture {
 protected:
  void SetUp() override {
    set_log_callback([this](LogLevel, std::string_view text) { log_ += std::string(text) + "\n"; });
    DeviceFixture::SetUp();
    if (IsSkipped()) return;
    request_.what = "answer";
    request_.source = "kernel void answer(global int* y) { y[0] = 42; }\n";
    request_.options = build_options(device_.facts, false, std::nullopt);
    cache_ = std::make_unique<ProgramCache>((temporary_.path() / "cache").string());
  }
  void TearDown() override { set_log_callback({}); }

  std::int32_t run(const ProgramHandle& program) {
    cl_int status = CL_SUCCESS;
    const KernelHandle kernel(clCreateKernel(program.get(), "answer", &status));
    EXPECT_EQ(status, CL_SUCCESS);
    const MemoryHandle memory(
        clCreateBuffer(context_->handle(), CL_MEM_READ_WRITE, 4, nullptr, &status));
    const QueueHandle queue(clCreateCommandQueue(context_->handle(), device_.id, 0, &status));
    cl_mem object = memory.get();
    EXPECT_EQ(clSetKernelArg(kernel.get(), 0, sizeof object, &object), CL_SUCCESS);
    const std::size_t one = 1;
    EXPECT_EQ(clEnqueueNDRangeKernel(queue.get(), kernel.get(), 1, nullptr, &one, &one, 0, nullptr,
                                     nullptr),
              CL_SUCCESS);
    std::int32_t value = 0;
    EXPECT_EQ(clEnqueueReadBuffer(queue.get(), object, CL_TRUE, 0, 4, &value, 0, nullptr, nullptr),
              CL_SUCCESS);
    return value;
  }
  ProgramHandle build() {
    return build_program(context_->handle(), device_, request_, cache_.get());
  }

  TemporaryDirectory temporary_;
  std::string log_;
  ProgramRequest request_;
  std::unique_ptr<ProgramCache> cache_;
};

TEST_F(ProgramTest, ComesBackFromTheCache) {
  EXPECT_EQ(run(build()), 42);
  const Sha256Digest key = program_key(device_.facts, request_);
  ASSERT_TRUE(cache_->load(key));
  EXPECT_EQ(run(build()), 42);
  EXPECT_EQ(log_, "");
}

// A whole entry whose payload is no program: the driver refuses it, the source is built instead
// and replaces it.
TEST_F(ProgramTest, AnUnusableBinaryIsReplaced) {
  const Sha256Digest key = program_key(device_.facts, request_);
  const std::vector<std::byte> garbage(1000, std::byte{'x'});
  cache_->store(key, garbage);
  EXPECT_EQ(run(build()), 42);
  EXPECT_TRUE(contains(log_, "building from source")) << log_;
  ASSERT_TRUE(cache_->load(key));
  EXPECT_NE(cache_->load(key), garbage);
}

TEST_F(ProgramTest, EverythingThatDecidesTheBinaryIsInTheKey) {
  const Sha256Digest key = program_key(device_.facts, request_);
  EXPECT_EQ(program_key(device_.facts, request_), key);
  const auto changed = [&](auto change) {
    DeviceFacts facts = device_.facts;
    ProgramRequest request = request_;
    change(facts, request);
    return program_key(facts, request) != key;
  };
  EXPECT_TRUE(changed([](DeviceFacts&, ProgramRequest& r) { r.source += " "; }));
  EXPECT_TRUE(changed([](DeviceFacts&, ProgramRequest& r) { r.options += " -DX"; }));
  EXPECT_TRUE(changed([](DeviceFacts&, ProgramRequest& r) { r.sm90a = true; }));
  EXPECT_TRUE(changed([](DeviceFacts& f, ProgramRequest&) { f.name += "2"; }));
  EXPECT_TRUE(changed([](DeviceFacts& f, ProgramRequest&) { f.driver_version += "2"; }));
  EXPECT_TRUE(changed([](DeviceFacts& f, ProgramRequest&) { f.platform_version += "2"; }));
  EXPECT_FALSE(changed([](DeviceFacts&, ProgramRequest& r) { r.what = "other"; }));
}

TEST(BuildOptions, AreExact) {
  DeviceFacts facts;
  facts.fp32.correctly_rounded_divide_sqrt = true;
  EXPECT_EQ(build_options(facts, false, std::nullopt),
            "-cl-std=CL1.2 -cl-kernel-arg-info -cl-fp32-correctly-rounded-divide-sqrt");
  EXPECT_EQ(build_options(facts, true, Injection::scale),
            "-cl-std=CL1.2 -cl-kernel-arg-info -cl-fp32-correctly-rounded-divide-sqrt "
            "-DZCL_VNNI=1 -DZCL_INJECT_SCALE=1");
  EXPECT_EQ(build_options(DeviceFacts(), false, std::nullopt), "-cl-std=CL1.2 -cl-kernel-arg-info");
}

}  // namespace
}  // namespace zerocl
