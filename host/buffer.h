#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "host/opencl.h"

namespace zerocl {

class Context;

// A range of device memory as a kernel sees it. Owns nothing: the Buffer or Arena must outlive it.
// A default BufferView is the null buffer, which a kernel receives as a null pointer.
struct BufferView {
  cl_mem memory = nullptr;  // the kernel's argument: a whole buffer or a sub-buffer
  std::size_t bytes = 0;
  // Where the range lies: the enclosing buffer and the offset in it in bytes; root == memory and 0
  // for a buffer that encloses itself. The persistent kernel takes addresses of whole buffers.
  cl_mem root = nullptr;
  std::size_t root_offset = 0;
  // Names the enclosing buffer among all that this process ever makes (a cl_mem may come again once
  // it is released); 0 for a caller's own memory object.
  std::uint64_t root_id = 0;

  BufferView() = default;
  BufferView(std::nullptr_t) {}  // NOLINT: written as `nullptr` in a launch
  // A caller's own memory object; `bytes` is asked from OpenCL. Throws Error.
  BufferView(cl_mem object);  // NOLINT: written as a plain cl_mem in a launch
  BufferView(cl_mem object, std::size_t size, cl_mem enclosing, std::size_t offset,
             std::uint64_t enclosing_id)
      : memory(object), bytes(size), root(enclosing), root_offset(offset), root_id(enclosing_id) {}

  explicit operator bool() const { return memory != nullptr; }
  bool operator==(const BufferView&) const = default;
};

// Owns a buffer or a sub-buffer. Memory is not initialized. Movable.
class Buffer {
 public:
  Buffer() = default;
  // `bytes` > 0. Throws Error naming the device, the size and the device's limits.
  Buffer(const Context& context, std::size_t bytes);

  // A sub-buffer [offset, offset + bytes) of this one, which it keeps alive. `offset` must be a
  // multiple of the device's alignment (`aligned()` rounds up). Throws Error.
  Buffer sub_buffer(std::size_t offset, std::size_t bytes) const;

  BufferView view() const { return {memory_.get(), bytes_, root_, root_offset_, root_id_}; }
  operator BufferView() const { return view(); }  // NOLINT: a Buffer stands for its view
  cl_mem handle() const { return memory_.get(); }
  std::size_t bytes() const { return bytes_; }
  std::size_t alignment() const { return alignment_; }
  explicit operator bool() const { return static_cast<bool>(memory_); }

 private:
  MemoryHandle memory_;
  std::size_t bytes_ = 0;
  std::size_t alignment_ = 0;
  cl_mem root_ = nullptr;
  std::size_t root_offset_ = 0;
  std::uint64_t root_id_ = 0;
};

// `offset` rounded up to a multiple of `alignment` (a power of two or not). Throws Error on
// overflow.
std::size_t aligned(std::size_t offset, std::size_t alignment);

// Hands out sub-ranges of few large buffers: one allocation per weight costs too much on some
// drivers, and one buffer for all weights is more than a device allows (H200: 35 of 139 GiB).
// Not thread-safe while allocating; the views may be used from anywhere.
class Arena {
 public:
  // Buffers of `block_bytes` (reduced to the device's largest allocation); a larger request gets
  // a buffer of its own.
  Arena(std::shared_ptr<const Context> context, std::size_t block_bytes);

  // `bytes` > 0, aligned for sub-buffers, uninitialized, valid while the arena lives.
  // Throws Error when `bytes` exceeds the device's largest allocation or memory is exhausted.
  BufferView allocate(std::size_t bytes);

  std::size_t allocated_bytes() const { return allocated_bytes_; }  // handed out
  std::size_t reserved_bytes() const { return reserved_bytes_; }    // taken from the device
  std::size_t block_count() const { return blocks_.size(); }

 private:
  std::shared_ptr<const Context> context_;
  std::size_t block_bytes_;
  std::size_t used_ = 0;  // bytes used of the newest shared block
  std::size_t shared_block_ = 0;
  bool has_shared_block_ = false;
  std::size_t allocated_bytes_ = 0;
  std::size_t reserved_bytes_ = 0;
  std::vector<Buffer> blocks_;
  std::vector<Buffer> ranges_;
};

}  // namespace zerocl
