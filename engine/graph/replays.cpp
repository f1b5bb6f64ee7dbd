#include "engine/graph/replays.h"

#include <algorithm>
#include <utility>

namespace zerocl {

Replays::Entry* Replays::entry_of(const LaunchKey& key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end()) return nullptr;
  std::rotate(entries_.begin(), found, found + 1);
  return &entries_.front();
}

const Replay* Replays::find(const LaunchKey& key) {
  const Entry* const entry = entry_of(key);
  return entry != nullptr && entry->replay ? &*entry->replay : nullptr;
}

bool Replays::worth_recording(const LaunchKey& key) {
  if (const Entry* const entry = entry_of(key)) return !entry->refused;
  if (entries_.size() == kMost) entries_.pop_back();
  entries_.push_front({key, std::nullopt});
  return false;
}

void Replays::add(const LaunchKey& key, std::optional<Replay> replay) {
  Entry* const entry = entry_of(key);
  if (entry == nullptr) return;
  entry->refused = !replay;
  entry->replay = std::move(replay);
}

}  // namespace zerocl
