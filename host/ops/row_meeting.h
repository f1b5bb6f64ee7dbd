#pragma once

#include <cstdint>

#include "host/buffer.h"
#include "host/queue.h"

namespace zerocl::ops {

// The memory through which the work-groups that hold parts of a row find the row's largest
// magnitude (cl_kernels/abi/row_meeting.h). One for each queue: launches take turns.
class RowMeeting {
 public:
  // Room for `rows` rows; grows when it must.
  void reserve(Queue& queue, std::int64_t rows);

  // For the next launch, which must be enqueued on the same queue: kernels leave the half of the
  // other turn cleared.
  struct Turn {
    BufferView memory;
    std::int32_t rows = 0;  // that the memory serves
    std::int32_t turn = 0;  // 0 or 1
  };
  Turn next();

 private:
  Buffer memory_;
  std::int64_t rows_ = 0;
  std::int32_t turn_ = 0;
};

}  // namespace zerocl::ops
