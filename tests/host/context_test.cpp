#include "host/context.h"

#include <chrono>
#include <thread>

#include "host/log.h"
#include "host/queue.h"
#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

class ContextTest : public DeviceFixture {
 protected:
  // Runs an affine-like kernel on 0, 1, ..., 7 with factor 10, summand 1.
  std::vector<std::int32_t> run(Queue& queue, const KernelId& id) {
    const Buffer x(*queue.context(), 32);
    const Buffer y(*queue.context(), 32);
    std::vector<std::int32_t> values = {0, 1, 2, 3, 4, 5, 6, 7};
    queue.write(x, std::span(values));
    queue.launch(id, {8}, {1}, {x, y}, affine_args{8, 10, 1});
    queue.read(y, std::span(values));
    return values;
  }
  const std::vector<std::int32_t> affine_ = {1, 11, 21, 31, 41, 51, 61, 71};
  const std::vector<std::int32_t> reversed_ = {7, 6, 5, 4, 3, 2, 1, 0};
};

TEST_F(ContextTest, BuildsSeveralOperatorsAsOneProgram) {
  context_->build({{"affine", ""}, {"reversed", ""}, {"affine", "twice"}});
  Queue queue(context_);
  EXPECT_EQ(run(queue, {"affine", ""}), affine_);
  EXPECT_EQ(run(queue, {"reversed", ""}), reversed_);
  EXPECT_EQ(run(queue, {"affine", "twice"})[7], (7 * 10 + 1) * 10 + 1);
  const auto program_of = [&](const KernelId& id) {
    cl_program program = nullptr;
    const Kernel kernel = context_->kernel(id);
    EXPECT_EQ(
        clGetKernelInfo(kernel.handle.get(), CL_KERNEL_PROGRAM, sizeof program, &program, nullptr),
        CL_SUCCESS);
    return program;
  };
  EXPECT_EQ(program_of({"affine", ""}), program_of({"reversed", ""}));
}

TEST_F(ContextTest, BuildsLazily) {
  Queue queue(context_);
  EXPECT_EQ(run(queue, {"reversed", ""}), reversed_);
}

TEST_F(ContextTest, KernelsKnowTheirArguments) {
  const Kernel kernel = context_->kernel({"affine", ""});
  EXPECT_EQ(kernel.arg_count, 3u);
  EXPECT_EQ(kernel.args_bytes, device_.facts.is_nvidia() ? 0u : sizeof(affine_args));
  EXPECT_GT(kernel.max_work_group_size, 0u);
}

TEST_F(ContextTest, BuildErrorsCarryOperatorDeviceFileAndLog) {
  const std::string text = error_of([&] { context_->kernel({"broken", ""}); });
  EXPECT_TRUE(contains(text, "CL_BUILD_PROGRAM_FAILURE")) << text;
  EXPECT_TRUE(contains(text, "program of broken")) << text;
  EXPECT_TRUE(contains(text, device_.facts.name)) << text;
  EXPECT_TRUE(contains(text, "no_such_member")) << text;
  if (device_.facts.is_pocl) {
    EXPECT_TRUE(contains(text, "broken.cl:3")) << text;
  }
  Queue queue(context_);
  EXPECT_EQ(run(queue, {"reversed", ""}), reversed_) << "the context goes on working";
}

TEST_F(ContextTest, UnknownKernelsAreUsageErrors) {
  for (const KernelId& id : {KernelId{"afine", ""}, KernelId{"affine", "mma"}, KernelId{"", ""}}) {
    try {
      context_->kernel(id);
      ADD_FAILURE() << "found " << id.function();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
    }
  }
}

TEST_F(ContextTest, VnniKernelsAreRefusedBeforeTheyAbort) {
  if (device_.facts.has_vnni()) {
    EXPECT_NO_THROW(context_->kernel({"needs", "vnni"}));
  } else {
    EXPECT_TRUE(contains(error_of([&] { context_->kernel({"needs", "vnni"}); }), "VNNI"));
  }
}

TEST_F(ContextTest, WgmmaKernelsNeedHopper) {
  if (device_.facts.nvidia_sm() != 90) {
    EXPECT_TRUE(contains(error_of([&] { context_->kernel({"needs", "wgmma"}); }), "sm_90"));
    return;
  }
  Queue queue(context_);
  const Buffer y(*context_, 512);
  queue.launch({"needs", "wgmma"}, {128}, {128}, {y}, affine_args{128, 90, 0});
  std::vector<std::int32_t> values(128);
  queue.read(y, std::span(values));
  EXPECT_EQ(values, std::vector<std::int32_t>(128, 90));
}

TEST_F(ContextTest, InjectionSpoilsOneOperatorAlone) {
  context_->build({{"affine", ""}, {"reversed", ""}});
  context_->inject("affine", Injection::element);
  context_->build({{"affine", ""}, {"reversed", ""}});
  Queue queue(context_);
  std::vector<std::int32_t> spoiled = affine_;
  spoiled[3] += 1;
  EXPECT_EQ(run(queue, {"affine", ""}), spoiled);
  EXPECT_EQ(run(queue, {"reversed", ""}), reversed_);
  const auto other = Context::create(device_, test_options());
  Queue other_queue(other);
  EXPECT_EQ(run(other_queue, {"affine", ""}), affine_) << "another context is not touched";
}

TEST_F(ContextTest, InjectionMustExistInTheCode) {
  for (const auto& [op, kind] :
       {std::pair("affine", Injection::order), std::pair("reversed", Injection::element),
        std::pair("nothing", Injection::element)}) {
    try {
      context_->inject(op, kind);
      ADD_FAILURE() << op << " accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
  }
  EXPECT_EQ(parse_injection("rounding"), Injection::rounding);
  EXPECT_STREQ(injection_name(Injection::order), "order");
  EXPECT_THROW(parse_injection("elements"), Error);
}

TEST_F(ContextTest, AdoptsACallersContext) {
  cl_int status = CL_SUCCESS;
  const ContextHandle theirs(clCreateContext(nullptr, 1, &device_.id, nullptr, nullptr, &status));
  ASSERT_EQ(status, CL_SUCCESS);
  {
    const auto adopted = Context::adopt(theirs.get(), device_.id, test_options());
    EXPECT_EQ(adopted->handle(), theirs.get());
    EXPECT_EQ(adopted->facts().name, device_.facts.name);
    context_ = adopted;
    Queue queue(adopted);
    EXPECT_EQ(run(queue, {"affine", ""}), affine_);
    context_.reset();
  }
  // Every object that we made holds its context, so this counts what we forgot to release. PoCL's
  // threads drop a finished command's objects a moment after clFinish: wait for them.
  cl_uint references = 0;
  for (int i = 0; i < 500 && references != 1; ++i) {
    if (i > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_EQ(clGetContextInfo(theirs.get(), CL_CONTEXT_REFERENCE_COUNT, sizeof references,
                               &references, nullptr),
              CL_SUCCESS);
  }
  EXPECT_EQ(references, 1u) << "not everything that we retained is released";
}

TEST_F(ContextTest, ReadsItsOptionsFromTheEnvironment) {
  ::setenv("ZEROCL_KERNEL_DIR", "/no/such/directory", 1);
  const std::string text = error_of([&] { Context::create(device_); });
  ::unsetenv("ZEROCL_KERNEL_DIR");
  EXPECT_TRUE(contains(text, "/no/such/directory")) << text;
}

// The embedded kernels that can run on this device, all in one program: their names, macros and
// headers must not collide, and each knows the size of its argument struct.
TEST_F(ContextTest, EveryEmbeddedKernelFitsIntoOneProgram) {
  const KernelSources sources = KernelSources::embedded();
  std::vector<KernelId> ids;
  for (const std::string& file : sources.kernel_files()) {
    const std::string text = sources.flatten(std::span(&file, 1));  // headers included
    const bool nvidia = contains(text, "asm volatile") || contains(text, "ptx_");
    if (nvidia && !device_.facts.is_nvidia()) continue;
    if (contains(text, "//@90a ") && device_.facts.nvidia_sm() != 90) continue;
    if (contains(file, ".vnni.") && !device_.facts.has_vnni()) continue;
    const std::size_t dot = file.find('.');
    const std::size_t end = file.size() - 3;
    ids.push_back({file.substr(0, dot), dot == end ? "" : file.substr(dot + 1, end - dot - 1)});
  }
  ASSERT_FALSE(ids.empty());
  ContextOptions options;
  options.cache_dir = "off";
  context_ = Context::create(device_, options);
  context_->build(ids);
  for (const KernelId& id : ids) {
    const Kernel kernel = context_->kernel(id);
    EXPECT_GT(kernel.arg_count, 1u) << id.function();
    if (!device_.facts.is_nvidia()) {
      EXPECT_GT(kernel.args_bytes, 0u) << id.function();
    }
  }
}

// Sessions in several threads share the context; each has its own queue and kernel objects.
TEST_F(ContextTest, ServesSeveralThreads) {
  std::vector<std::thread> threads;
  std::vector<std::vector<std::int32_t>> results(4);
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([this, i, &results] {
      Queue queue(context_);
      results[i] = run(queue, {i % 2 == 0 ? "affine" : "reversed", ""});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i], i % 2 == 0 ? affine_ : reversed_);
  }
}

}  // namespace
}  // namespace zerocl
