#include "host/ops/row_meeting.h"

#include "cl_kernels/abi/layouts.h"
#include "cl_kernels/abi/row_meeting.h"

namespace zerocl::ops {

void RowMeeting::reserve(Queue& queue, std::int64_t rows) {
  if (rows <= rows_) return;
  queue.finish();  // kernels before may still use what is freed here
  rows_ = CODES_TILES_STRIDE(rows);
  const auto bytes = 2 * static_cast<std::size_t>(MEETING_WORDS(rows_)) * sizeof(std::uint32_t);
  memory_ = Buffer(*queue.context(), bytes);
  queue.fill(memory_, 0);
  turn_ = 0;
}

RowMeeting::Turn RowMeeting::next() {
  const Turn turn{memory_, static_cast<std::int32_t>(rows_), turn_};
  turn_ = 1 - turn_;
  return turn;
}

}  // namespace zerocl::ops
