// Running a batch on a device by the launches of one that was alike, where there was one.
#include "engine/graph/device_executor.h"

namespace zerocl {

LaunchKey DeviceExecutor::launch_key() const {
  return {.tokens = batch_.tokens(),
          .sequences = rows_of(batch_, Rows::sequences),
          .outputs = rows_of(batch_, Rows::outputs),
          .cpu_tiles = sequences_.cpu_tiles.count,
          .gpu_tiles = sequences_.gpu_tiles.count,
          .mma_tiles = sequences_.mma_tiles.count,
          .block_limit = sequences_.block_limit,
          .inputs = {ids_, types_, positions_, output_rows_, first_rows_, sequences_.entries,
                     sequences_.row_sequence, sequences_.block_table, sequences_.cpu_tiles.table,
                     sequences_.gpu_tiles.table, sequences_.mma_tiles.table},
          .gatherer = state_.queue.gathering(),
          .memory = planned_,
          .cache = state_.cache.version(),
          .meeting = meeting_.state(),
          .attention_meeting = attention_meeting_.state()};
}

void DeviceExecutor::run(Batch batch) {
  begin(std::move(batch));
  const LaunchKey key = launch_key();
  if (const Replay* const known = replays_.find(key)) {
    state_.queue.replay(known->launches);
    meeting_.replayed(known->meeting);
    attention_meeting_.replayed(known->attention_meeting);
    ++replayed_;
    return;
  }
  if (!replays_.worth_recording(key)) return walk();
  LaunchRecording launches = state_.queue.record([&] { walk(); });
  std::optional<Replay> replay;
  if (launches.complete())
    replay = {std::move(launches), meeting_.state(), attention_meeting_.state()};
  // Where a meeting's memory grew on the way, the next batch alike has another key.
  replays_.add(key, std::move(replay));
}

}  // namespace zerocl
