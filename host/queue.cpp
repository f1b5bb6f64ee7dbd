#include "host/queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/cl_error.h"

namespace zerocl {

namespace {

constexpr std::size_t max_fill_bytes = std::size_t{256} << 20;
// Profiled launches keep an event each; drivers slow down long before memory runs out.
constexpr std::size_t max_pending_events = 4096;

cl_uint dimensions(Range range) {
  return range.z != 1 ? 3 : range.y != 1 ? 2 : 1;
}

QueueHandle create_queue(const Context& context, bool profiling) {
  if (profiling && !context.facts().profiling_queue) {
    throw Error(fmt::format("device {} cannot time its kernels", context.facts().name));
  }
  cl_int status = CL_SUCCESS;
  QueueHandle queue(clCreateCommandQueue(context.handle(), context.device().id,
                                         profiling ? CL_QUEUE_PROFILING_ENABLE : 0, &status));
  check_status("clCreateCommandQueue", status, context.facts().name);
  return queue;
}

QueueHandle retain_queue(const Context& context, cl_command_queue queue, bool profiling) {
  check_status("clRetainCommandQueue", clRetainCommandQueue(queue), "a caller's queue");
  QueueHandle handle(queue);
  cl_context its_context = nullptr;
  cl_device_id its_device = nullptr;
  cl_command_queue_properties properties = 0;
  const auto query = [&](cl_command_queue_info what, std::size_t bytes, void* value) {
    check_status("clGetCommandQueueInfo", clGetCommandQueueInfo(queue, what, bytes, value, nullptr),
                 "a caller's queue");
  };
  // NOLINTBEGIN(bugprone-sizeof-expression): OpenCL's handles are pointers
  query(CL_QUEUE_CONTEXT, sizeof its_context, &its_context);
  query(CL_QUEUE_DEVICE, sizeof its_device, &its_device);
  // NOLINTEND(bugprone-sizeof-expression)
  query(CL_QUEUE_PROPERTIES, sizeof properties, &properties);
  const auto refuse = [](const char* why) {
    throw Error(fmt::format("the caller's queue {}", why), ErrorKind::usage);
  };
  if (its_context != context.handle()) refuse("belongs to another context");
  if (its_device != context.device().id) refuse("belongs to another device");
  if ((properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0) refuse("is not in-order");
  if (profiling && (properties & CL_QUEUE_PROFILING_ENABLE) == 0) refuse("does not profile");
  return handle;
}

void check_range(const BufferView& view, std::size_t offset, std::size_t bytes,
                 const std::string& what) {
  if (!view) throw Error(what + ": null buffer");
  if (offset > view.bytes || bytes > view.bytes - offset) {
    throw Error(fmt::format("{}: [{}, +{}) does not lie in a buffer of {} bytes", what, offset,
                            bytes, view.bytes));
  }
}

}  // namespace

Queue::Queue(std::shared_ptr<Context> context, QueueHandle queue, bool profiling)
    : context_(std::move(context)),
      queue_(std::move(queue)),
      profile_(profiling ? std::make_unique<Profile>() : nullptr) {}

Queue::Queue(std::shared_ptr<Context> context, bool profiling)
    : context_(std::move(context)),
      queue_(create_queue(*context_, profiling)),
      profile_(profiling ? std::make_unique<Profile>() : nullptr) {}

Queue Queue::adopt(std::shared_ptr<Context> context, cl_command_queue queue, bool profiling) {
  QueueHandle handle = retain_queue(*context, queue, profiling);
  return Queue(std::move(context), std::move(handle), profiling);
}

// Waits, so that a caller's own memory objects are not in use after the queue is gone. A moved-from
// queue has nothing to wait for, a lost one might never end.
Queue::~Queue() {
  if (queue_ && lost_.empty()) clFinish(queue_.get());
}

// "<detail>, at layer.3.attention.qkv, device X"
std::string Queue::where(const std::string& detail) const {
  std::string text = detail;
  if (!label_.empty()) text += ", at " + label_;
  return text + ", device " + facts().name;
}

void Queue::check_usable() const {
  if (!lost_.empty()) throw Error("the device was lost earlier: " + lost_);
}

// Throws for a failed call. After a failure of the device itself the queue counts as lost:
// OpenCL 1.2, 5.11: queue and context may no longer be available.
void Queue::check(cl_int status, const char* call, const std::string& detail) {
  if (status == CL_SUCCESS) return;
  const std::string message = status_message(call, status, where(detail));
  const bool waited = call == std::string_view("clFinish") ||
                      call == std::string_view("clEnqueueReadBuffer") ||
                      call == std::string_view("clEnqueueWriteBuffer");
  const bool arguments = status <= CL_INVALID_VALUE && status != CL_INVALID_COMMAND_QUEUE &&
                         status > -1000;  // CL_INVALID_...: the call was wrong, not the device
  if (!arguments && (waited || status == CL_INVALID_COMMAND_QUEUE)) lost_ = message;
  throw Error(message);
}

void Queue::gather(LaunchGatherer* gatherer) {
  run_gathered();
  gatherer_ = gatherer;
  if (gatherer_ != nullptr) gatherer_->begin();
}

// While it lives launches and copies go straight to the device, neither gathered nor recorded:
// those of the gatherer itself.
class Queue::Direct {
 public:
  explicit Direct(Queue& queue)
      : queue_(queue),
        gatherer_(std::exchange(queue.gatherer_, nullptr)),
        recording_(std::exchange(queue.recording_, nullptr)) {}
  ~Direct() {
    queue_.gatherer_ = gatherer_;
    queue_.recording_ = recording_;
  }
  Direct(const Direct&) = delete;
  Direct& operator=(const Direct&) = delete;
  LaunchGatherer& gatherer() const { return *gatherer_; }

 private:
  Queue& queue_;
  LaunchGatherer* gatherer_;
  LaunchRecording* recording_;
};

void Queue::run_gathered() {
  if (gatherer_ == nullptr || gatherer_->empty()) return;
  std::shared_ptr<const GatheredLaunches> launches;
  {
    const Direct direct(*this);
    launches = direct.gatherer().run(*this);
  }
  if (recording_ != nullptr) recording_->entries_.push_back({label_, std::move(launches)});
}

LaunchRecording Queue::record(const std::function<void()>& launch) {
  run_gathered();
  LaunchRecording recording;
  struct End {
    Queue& queue;
    ~End() { queue.recording_ = nullptr; }
  } const end{*this};
  recording_ = &recording;
  launch();
  run_gathered();
  return recording;
}

void Queue::replay(const LaunchRecording& recording) {
  check_usable();
  run_gathered();
  if (!recording.complete_) throw Error(where("a recording of more than launches"));
  for (const LaunchRecording::Entry& entry : recording.entries_) {
    label_ = entry.label;
    if (const auto* launch = std::get_if<LaunchRecording::Launch>(&entry.launched)) {
      launch_bytes(launch->id, launch->global, launch->local, launch->buffers, launch->args.data(),
                   launch->args.size());
      continue;
    }
    if (gatherer_ == nullptr) throw Error(where("a recording of launches that were gathered"));
    {
      const Direct direct(*this);
      direct.gatherer().run_again(*this, *std::get<1>(entry.launched));
    }
    if (recording_ != nullptr) recording_->entries_.push_back(entry);
  }
}

const Kernel& Queue::kernel(const KernelId& id) {
  const auto found = kernels_.find(id);
  if (found != kernels_.end()) return found->second;
  return kernels_.emplace(id, context_->kernel(id)).first->second;
}

void Queue::check_launch(const Kernel& kernel, Range global, Range local, std::size_t buffers,
                         std::size_t args_bytes) const {
  const auto refuse = [&](const std::string& why) {
    throw Error(where(fmt::format("kernel {}: {}", kernel.id.function(), why)));
  };
  if (kernel.arg_count != buffers + 1) {
    refuse(
        fmt::format("takes {} arguments, got {} buffers and a struct", kernel.arg_count, buffers));
  }
  if (kernel.args_bytes != 0 && kernel.args_bytes != args_bytes) {
    refuse(fmt::format("its argument struct has {} bytes on the device, {} on the host",
                       kernel.args_bytes, args_bytes));
  }
  if (local.x == 0 || local.y == 0 || local.z == 0) refuse("work-group of size 0");
  if (global.x % local.x != 0 || global.y % local.y != 0 || global.z % local.z != 0) {
    refuse(fmt::format("global size {} x {} x {} is no multiple of work-group {} x {} x {}",
                       global.x, global.y, global.z, local.x, local.y, local.z));
  }
  if (local.x * local.y * local.z > kernel.max_work_group_size) {
    refuse(fmt::format("work-group {} x {} x {} is larger than {}", local.x, local.y, local.z,
                       kernel.max_work_group_size));
  }
}

void Queue::launch_bytes(const KernelId& id, Range global, Range local,
                         std::span<const BufferView> buffers, const void* args,
                         std::size_t args_bytes) {
  check_usable();
  const Kernel& launched = kernel(id);
  check_launch(launched, global, local, buffers.size(), args_bytes);
  if (global.x == 0 || global.y == 0 || global.z == 0) return;
  if (gatherer_ != nullptr &&
      gatherer_->take(
          {id, global, local, buffers, {static_cast<const std::byte*>(args), args_bytes}})) {
    if (recording_ == nullptr && gatherer_->full()) flush();
    return;
  }
  run_gathered();

  cl_kernel handle = launched.handle.get();
  cl_uint index = 0;
  const auto set = [&](std::size_t bytes, const void* value) {
    const cl_int status = clSetKernelArg(handle, index, bytes, value);
    if (status != CL_SUCCESS) {
      check(status, "clSetKernelArg", fmt::format("kernel {}, argument {}", id.function(), index));
    }
    ++index;
  };
  for (const BufferView& buffer : buffers) {
    set(sizeof(cl_mem), buffer ? &buffer.memory : nullptr);
  }
  set(args_bytes, args);

  const std::size_t global_size[3] = {global.x, global.y, global.z};
  const std::size_t local_size[3] = {local.x, local.y, local.z};
  cl_event event = nullptr;
  const cl_int status = clEnqueueNDRangeKernel(
      queue_.get(), handle, std::max(dimensions(global), dimensions(local)), nullptr, global_size,
      local_size, 0, nullptr, profile_ ? &event : nullptr);
  if (status != CL_SUCCESS) {
    check(status, "clEnqueueNDRangeKernel",
          fmt::format("kernel {}, global {} x {} x {}, local {} x {} x {}", id.function(), global.x,
                      global.y, global.z, local.x, local.y, local.z));
  }
  if (recording_ != nullptr) {
    const auto* const first = static_cast<const std::byte*>(args);
    recording_->entries_.push_back(
        {label_,
         LaunchRecording::Launch{
             id, global, local, {buffers.begin(), buffers.end()}, {first, first + args_bytes}}});
  }
  if (profile_) {
    profile_->add(id.function(), label_, EventHandle(event));
    if (profile_->pending() >= max_pending_events) finish();
  }
}

void Queue::write(const BufferView& target, std::span<const std::byte> data, std::size_t offset) {
  enqueue_write(target, data, offset, CL_TRUE);
}

void Queue::write_later(const BufferView& target, std::span<const std::byte> data) {
  enqueue_write(target, data, 0, CL_FALSE);
}

void Queue::enqueue_write(const BufferView& target, std::span<const std::byte> data,
                          std::size_t offset, cl_bool blocking) {
  check_usable();
  run_gathered();
  note_other();
  check_range(target, offset, data.size(), where("write"));
  if (data.empty()) return;
  check(clEnqueueWriteBuffer(queue_.get(), target.memory, blocking, offset, data.size(),
                             data.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer", fmt::format("{} bytes", data.size()));
}

void Queue::read(const BufferView& source, std::span<std::byte> data, std::size_t offset) {
  check_usable();
  run_gathered();
  note_other();
  check_range(source, offset, data.size(), where("read"));
  if (data.empty()) return;
  check(clEnqueueReadBuffer(queue_.get(), source.memory, CL_TRUE, offset, data.size(), data.data(),
                            0, nullptr, nullptr),
        "clEnqueueReadBuffer", fmt::format("{} bytes", data.size()));
}

void Queue::copy(const BufferView& source, const BufferView& target, std::size_t bytes,
                 std::size_t source_offset, std::size_t target_offset) {
  check_usable();
  run_gathered();
  note_other();
  check_range(source, source_offset, bytes, where("copy from"));
  check_range(target, target_offset, bytes, where("copy to"));
  if (bytes == 0) return;
  check(clEnqueueCopyBuffer(queue_.get(), source.memory, target.memory, source_offset,
                            target_offset, bytes, 0, nullptr, nullptr),
        "clEnqueueCopyBuffer", fmt::format("{} bytes", bytes));
}

void Queue::fill(const BufferView& target, std::uint32_t pattern, std::size_t offset,
                 std::size_t bytes) {
  check_usable();
  run_gathered();
  note_other();
  check_range(target, offset, bytes, where("fill"));
  if (offset % 4 != 0 || bytes % 4 != 0) {
    throw Error(where(fmt::format("fill: [{}, +{}) is not made of 4-byte words", offset, bytes)));
  }
  while (bytes > 0) {
    const std::size_t piece = std::min(bytes, max_fill_bytes);
    check(clEnqueueFillBuffer(queue_.get(), target.memory, &pattern, sizeof pattern, offset, piece,
                              0, nullptr, nullptr),
          "clEnqueueFillBuffer", fmt::format("{} bytes", piece));
    offset += piece;
    bytes -= piece;
  }
}

void Queue::flush() {
  check_usable();
  run_gathered();
  check(clFlush(queue_.get()), "clFlush", "flush");
}

void Queue::finish() {
  check_usable();
  run_gathered();
  check(clFinish(queue_.get()), "clFinish", "waiting for the device");
  if (profile_) profile_->collect();
}

Profile& Queue::profile() {
  if (!profile_) throw Error("this queue was made without profiling", ErrorKind::usage);
  return *profile_;
}

}  // namespace zerocl
