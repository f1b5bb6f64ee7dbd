#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "host/buffer.h"
#include "host/context.h"
#include "host/kernel.h"
#include "host/launch_recording.h"
#include "host/profile.h"

namespace zerocl {

// What Queue::launch was asked for.
struct LaunchRequest {
  const KernelId& id;
  Range global, local;
  std::span<const BufferView> buffers;
  std::span<const std::byte> args;  // the argument struct
};

// Takes launches in a queue's place and runs them later, in order, in its own way.
class LaunchGatherer {
 public:
  virtual ~LaunchGatherer() = default;
  // Keeps the launch, or refuses it: then the queue launches it itself.
  virtual bool take(const LaunchRequest& request) = 0;
  virtual bool empty() const = 0;
  // Whether it keeps launches of a kernel, as far as the name tells.
  virtual bool knows(std::string_view op, std::string_view variant) const = 0;
  // Whether what was taken should run now, while the caller goes on asking for launches.
  virtual bool full() const { return false; }
  virtual void begin() {}  // called when a queue begins to gather
  // Runs everything taken, and is empty then. The result can be run again as long as its buffers
  // are there.
  virtual std::shared_ptr<const GatheredLaunches> run(class Queue& queue) = 0;
  virtual void run_again(class Queue& queue, const GatheredLaunches& launches) = 0;
};

// An in-order command queue with its own kernel objects: one per session, used by one thread at a
// time. After a failed device operation OpenCL promises nothing about queue or context; every
// later call then throws Error, and the caller must make a new Context.
class Queue {
 public:
  // `profiling`: time every launch on the device (costs an event per launch).
  explicit Queue(std::shared_ptr<Context> context, bool profiling = false);
  // A queue that the caller made, of this context and device; retained, assumed in-order. Profiles
  // when it was created with CL_QUEUE_PROFILING_ENABLE and `profiling` is asked.
  static Queue adopt(std::shared_ptr<Context> context, cl_command_queue queue,
                     bool profiling = false);
  Queue(Queue&&) noexcept = default;
  Queue& operator=(Queue&&) = delete;
  ~Queue();

  const std::shared_ptr<Context>& context() const { return context_; }
  const DeviceFacts& facts() const { return context_->facts(); }
  // For a library's kernels, which can't be recorded.
  cl_command_queue handle() {
    run_gathered();
    note_other();
    return queue_.get();
  }

  // Says for which graph node the following launches run ("layer.3.attention.qkv"); appears in
  // errors and in the trace.
  void set_label(std::string_view label) { label_.assign(label); }
  const std::string& label() const { return label_; }

  // Enqueues one kernel: buffers in their order, then one struct by value. `global` and `local`
  // are in work-items; `global` must be a multiple of `local`; an empty global range does nothing.
  // Throws Error for a wrong number of buffers, a struct whose size differs from what the kernel
  // was compiled with, a work-group too large, and every OpenCL error.
  template <class Args>
  void launch(const KernelId& id, Range global, Range local,
              std::initializer_list<BufferView> buffers, const Args& args) {
    static_assert(std::is_trivially_copyable_v<Args> && std::is_standard_layout_v<Args>);
    static_assert(sizeof(Args) % 4 == 0, "argument structs have 4-byte members only");
    launch_bytes(id, global, local, {buffers.begin(), buffers.size()}, &args, sizeof(Args));
  }
  void launch_bytes(const KernelId& id, Range global, Range local,
                    std::span<const BufferView> buffers, const void* args, std::size_t args_bytes);

  // From now on launches may be gathered; nullptr: no more, after those gathered have run. Whatever
  // else the queue is asked for runs them first. The gatherer must outlive the gathering.
  void gather(LaunchGatherer* gatherer);
  // What gathers launches, or nullptr: launchers prefer kernels that it knows.
  const LaunchGatherer* gathering() const { return gatherer_; }

  // What is launched while `launch` runs, which throws what it throws. A gatherer runs only when it
  // must then, not when it is full: what it takes is replayed as one.
  LaunchRecording record(const std::function<void()>& launch);
  // Launches what was recorded, under its labels. The queue must have the gatherer that it had
  // then. Throws Error as launch() does; what came before the failure is launched.
  void replay(const LaunchRecording& recording);

  // What this queue would launch (limits for the launchers); built on first use.
  const Kernel& kernel(const KernelId& id);

  // Blocking copies between host and device. `offset` in bytes into the view. Ranges that leave
  // the view throw Error. Reading is never by mapping: PoCL maps 13 times slower than it reads.
  void write(const BufferView& target, std::span<const std::byte> data, std::size_t offset = 0);
  void read(const BufferView& source, std::span<std::byte> data, std::size_t offset = 0);
  template <class T, std::size_t N>
  void write(const BufferView& target, std::span<T, N> data, std::size_t offset = 0) {
    static_assert(std::is_trivially_copyable_v<T>);
    write(target, std::as_bytes(data), offset);
  }
  template <class T, std::size_t N>
  void read(const BufferView& source, std::span<T, N> data, std::size_t offset = 0) {
    static_assert(std::is_trivially_copyable_v<T>);
    read(source, std::as_writable_bytes(data), offset);
  }

  // The same write without waiting: `data` must stay as it is until a later blocking copy or
  // finish() on this queue has returned. A blocking copy costs 9 us on NVIDIA.
  void write_later(const BufferView& target, std::span<const std::byte> data);

  // Device to device, enqueued. The ranges must not overlap.
  void copy(const BufferView& source, const BufferView& target, std::size_t bytes,
            std::size_t source_offset = 0, std::size_t target_offset = 0);
  // Repeats a 32-bit pattern over [offset, offset + bytes), both multiples of 4; enqueued in
  // pieces of at most 256 MiB (one fill of 8 GiB did not return in 40 s on an H200).
  void fill(const BufferView& target, std::uint32_t pattern, std::size_t offset, std::size_t bytes);
  void fill(const BufferView& target, std::uint32_t pattern) {
    fill(target, pattern, 0, target.bytes);
  }

  void flush();   // hands what is enqueued to the device
  void finish();  // waits for all of it; collects profiled times

  bool profiling() const { return profile_ != nullptr; }
  // Times of everything finished so far; finish() first. Throws Error (usage) without profiling.
  Profile& profile();

 private:
  Queue(std::shared_ptr<Context> context, QueueHandle queue, bool profiling);
  void check(cl_int status, const char* call, const std::string& detail);
  void check_usable() const;
  class Direct;
  void run_gathered();
  // Something that is no launch of this queue's own.
  void note_other() {
    if (recording_ != nullptr) recording_->complete_ = false;
  }
  void enqueue_write(const BufferView& target, std::span<const std::byte> data, std::size_t offset,
                     cl_bool blocking);
  void check_launch(const Kernel& kernel, Range global, Range local, std::size_t buffers,
                    std::size_t args_bytes) const;
  std::string where(const std::string& detail) const;

  std::shared_ptr<Context> context_;
  QueueHandle queue_;
  std::string label_;
  std::string lost_;  // why the queue is unusable; empty while it works
  std::unordered_map<KernelId, Kernel> kernels_;
  std::unique_ptr<Profile> profile_;
  LaunchGatherer* gatherer_ = nullptr;
  LaunchRecording* recording_ = nullptr;
};

}  // namespace zerocl
