#include "host/ops/row_meeting.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cl_kernels/abi/row_meeting.h"
#include "host/error.h"
#include "host/ops/linear_launch.h"  // divide_up

namespace zerocl::ops {

void RowMeeting::reserve_partials(Queue& queue, std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  if (count == 0 || (partials_ && partials_.bytes() >= bytes)) return;
  queue.finish();  // kernels before may still use what is freed here
  partials_ = Buffer();
  partials_ = Buffer(*queue.context(), bytes);
}

void RowMeeting::reserve(Queue& queue, std::int64_t rows, std::int64_t partials) {
  // Kernels count the words of both halves in an int.
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max() / 4;
  if (rows > kMost)
    throw Error(fmt::format("a meeting of {} rows; expected up to {}", rows, kMost));
  reserve_partials(queue, divide_up(rows, MEETING_TILE) * (MEETING_TILE / MEETING_ROWS) * partials);
  if (rows <= rows_ && !open_) return;
  const std::int64_t room = std::max(rows_, divide_up(rows, MEETING_TILE) * MEETING_TILE);
  rows_ = 0;       // until there is cleared memory
  queue.finish();  // kernels before may still use what is freed here
  memory_ = Buffer(*queue.context(),
                   2 * static_cast<std::size_t>(MEETING_WORDS(room)) * sizeof(std::uint32_t));
  queue.fill(memory_, 0);
  rows_ = room;
  turn_ = 0;
  open_ = false;
}

RowMeeting::Turn RowMeeting::next() {
  const Turn turn{memory_, partials_, static_cast<std::int32_t>(rows_), turn_};
  turn_ = 1 - turn_;
  open_ = true;
  return turn;
}

}  // namespace zerocl::ops
