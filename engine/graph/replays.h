#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "host/buffer.h"
#include "host/launch_recording.h"
#include "host/ops/row_meeting.h"

namespace zerocl {

// All that the launches of a graph depend on beside the graph and its weights. Batches of the same
// key launch the same kernels with the same arguments: what differs between them, as ids, lengths
// and cache blocks, is in the memory that the views of `inputs` name.
struct LaunchKey {
  std::int64_t tokens = 0, sequences = 0, outputs = 0;
  std::int64_t cpu_tiles = 0, gpu_tiles = 0, mma_tiles = 0;  // of attention
  std::int32_t block_limit = 0;
  std::vector<BufferView> inputs;
  const void* gatherer = nullptr;
  std::uint64_t memory = 0, cache = 0;  // numbers of the plan and of the cache: which buffers
  ops::RowMeeting::State meeting, attention_meeting;
  bool operator==(const LaunchKey&) const = default;
};

// A recorded run of a graph, and in which state its meetings were then.
struct Replay {
  LaunchRecording launches;
  ops::RowMeeting::State meeting, attention_meeting;
};

// The runs of the keys that an executor met last: walking a graph costs the host 1 us a node, which
// a small batch waits for.
class Replays {
 public:
  // What was recorded of a key, or nullptr.
  const Replay* find(const LaunchKey& key);
  // Notes that a key came. Not what comes once, of which recording would cost more than it gives,
  // nor what was no launches alone the last time.
  bool worth_recording(const LaunchKey& key);
  // Of a key that was worth it; nothing: it can't be replayed.
  void add(const LaunchKey& key, std::optional<Replay> replay);

 private:
  static constexpr std::size_t kMost = 32;
  struct Entry {
    LaunchKey key;
    std::optional<Replay> replay;
    bool refused = false;
  };
  Entry* entry_of(const LaunchKey& key);  // to the front
  std::deque<Entry> entries_;             // what was asked for last stands first
};

}  // namespace zerocl
