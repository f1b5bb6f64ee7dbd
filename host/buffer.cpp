#include "host/buffer.h"

#include <fmt/format.h>

#include <atomic>

#include <algorithm>
#include <limits>

#include "host/cl_error.h"
#include "host/context.h"

namespace zerocl {

namespace {

std::size_t memory_bytes(cl_mem object) {
  std::size_t bytes = 0;
  check_status("clGetMemObjectInfo",
               clGetMemObjectInfo(object, CL_MEM_SIZE, sizeof bytes, &bytes, nullptr),
               "size of a caller's memory object");
  return bytes;
}

}  // namespace

BufferView::BufferView(cl_mem object) : memory(object), root(object) {
  if (object != nullptr) bytes = memory_bytes(object);
}

std::size_t aligned(std::size_t offset, std::size_t alignment) {
  if (alignment == 0) return offset;
  const std::size_t excess = offset % alignment;
  if (excess == 0) return offset;
  if (offset > std::numeric_limits<std::size_t>::max() - (alignment - excess)) {
    throw Error(fmt::format("offset {} cannot be aligned to {}: it overflows", offset, alignment));
  }
  return offset + (alignment - excess);
}

Buffer::Buffer(const Context& context, std::size_t bytes)
    : bytes_(bytes), alignment_(std::max<std::size_t>(context.facts().mem_base_align_bytes, 1)) {
  const DeviceFacts& facts = context.facts();
  const auto detail = [&] {
    return fmt::format("buffer of {} bytes on {} (one buffer at most {}, memory {})", bytes,
                       facts.name, facts.max_alloc_bytes, facts.global_mem_bytes);
  };
  if (bytes == 0) throw Error(detail() + ": a buffer cannot be empty");
  // Asked here because drivers differ: some accept the size and fail at the first launch.
  if (bytes > facts.max_alloc_bytes) throw Error(detail() + ": too large for this device");
  cl_int status = CL_SUCCESS;
  memory_ =
      MemoryHandle(clCreateBuffer(context.handle(), CL_MEM_READ_WRITE, bytes, nullptr, &status));
  if (status != CL_SUCCESS) check_status("clCreateBuffer", status, detail());
  root_ = memory_.get();
  static std::atomic<std::uint64_t> buffers{0};
  root_id_ = ++buffers;
}

Buffer Buffer::sub_buffer(std::size_t offset, std::size_t bytes) const {
  // A sub-buffer of a sub-buffer does not exist in OpenCL: cut it from the root.
  if (bytes == 0 || offset > bytes_ || bytes > bytes_ - offset) {
    throw Error(fmt::format("sub-buffer [{}, +{}) does not lie in a buffer of {} bytes", offset,
                            bytes, bytes_));
  }
  const std::size_t origin = root_offset_ + offset;
  if (origin % alignment_ != 0) {
    throw Error(fmt::format("sub-buffer origin {} is not a multiple of the device's alignment {}",
                            origin, alignment_));
  }
  const cl_buffer_region region = {origin, bytes};
  cl_int status = CL_SUCCESS;
  Buffer part;
  part.memory_ = MemoryHandle(
      clCreateSubBuffer(root_, CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region, &status));
  check_status("clCreateSubBuffer", status,
               fmt::format("[{}, +{}) of a buffer of {} bytes", origin, bytes, bytes_));
  part.bytes_ = bytes;
  part.alignment_ = alignment_;
  part.root_ = root_;
  part.root_id_ = root_id_;
  part.root_offset_ = origin;
  return part;
}

Arena::Arena(std::shared_ptr<const Context> context, std::size_t block_bytes)
    : context_(std::move(context)),
      block_bytes_(static_cast<std::size_t>(
          std::min<std::uint64_t>(block_bytes, context_->facts().max_alloc_bytes))) {
  if (block_bytes_ == 0) throw Error("an arena needs blocks of at least one byte");
}

BufferView Arena::allocate(std::size_t bytes) {
  std::size_t block = 0;
  std::size_t offset = 0;
  if (bytes > block_bytes_) {
    blocks_.emplace_back(*context_, bytes);
    reserved_bytes_ += bytes;
    block = blocks_.size() - 1;
  } else {
    if (has_shared_block_) offset = aligned(used_, blocks_[shared_block_].alignment());
    if (!has_shared_block_ || offset > block_bytes_ || bytes > block_bytes_ - offset) {
      blocks_.emplace_back(*context_, block_bytes_);
      reserved_bytes_ += block_bytes_;
      shared_block_ = blocks_.size() - 1;
      has_shared_block_ = true;
      offset = 0;
    }
    block = shared_block_;
  }
  ranges_.push_back(blocks_[block].sub_buffer(offset, bytes));
  if (block == shared_block_ && has_shared_block_) used_ = offset + bytes;
  allocated_bytes_ += bytes;
  return ranges_.back().view();
}

}  // namespace zerocl
