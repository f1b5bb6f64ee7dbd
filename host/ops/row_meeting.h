#pragma once

#include <cstdint>

#include "host/buffer.h"
#include "host/queue.h"

namespace zerocl::ops {

// The memory through which the work-groups that hold parts of a row find the row's largest
// magnitude (cl_kernels/abi/row_meeting.h), and what they tell each other beside that. One for each
// queue: launches take turns.
class RowMeeting {
 public:
  // Room for `rows` rows, and for `partials` floats of each MEETING_ROWS of them; grows when it
  // must. Begins anew where the launch of the last turn never came: it has not cleared the other
  // half. Throws Error where memory is short or there are more rows than kernels can count.
  void reserve(Queue& queue, std::int64_t rows, std::int64_t partials = 0);

  // For the next launch, which must be enqueued on the same queue: kernels leave the half of the
  // other turn cleared.
  struct Turn {
    BufferView memory;
    BufferView partials;    // with anything in it; null before any were asked for
    std::int32_t rows = 0;  // that the memory serves
    std::int32_t turn = 0;  // 0 or 1
  };
  Turn next();
  // That launch is enqueued.
  void launched() { open_ = false; }

  // What the turns of the next launches depend on. Where these are replayed (Queue::replay) that
  // were recorded in one state, the meeting must be in it, and comes to the one after them.
  struct State {
    std::uint64_t memory = 0, partials = 0;  // BufferView::root_id
    std::int32_t turn = 0;
    bool open = false;
    bool operator==(const State&) const = default;
  };
  State state() const { return {memory_.view().root_id, partials_.view().root_id, turn_, open_}; }
  void replayed(const State& after) { turn_ = after.turn; }

 private:
  void reserve_partials(Queue& queue, std::int64_t count);

  Buffer memory_, partials_;
  std::int64_t rows_ = 0;
  std::int32_t turn_ = 0;
  bool open_ = false;  // a turn was taken and its launch has not come
};

}  // namespace zerocl::ops
