#include "engine/graph/replays.h"

#include <algorithm>
#include <utility>

namespace zerocl {

const Replay* Replays::find(const LaunchKey& key) const {
  for (const Entry& entry : entries_)
    if (entry.replay && entry.key == key) return &*entry.replay;
  return nullptr;
}

Replays::Entry* Replays::entry_of(const LaunchKey& key) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries_.end() ? nullptr : &*found;
}

bool Replays::came_before(const LaunchKey& key) {
  if (entry_of(key) != nullptr) return true;
  if (entries_.size() == kMost) entries_.pop_back();
  entries_.push_front({key, std::nullopt});
  return false;
}

void Replays::add(const LaunchKey& key, Replay replay) {
  if (Entry* const entry = entry_of(key)) entry->replay = std::move(replay);
}

}  // namespace zerocl
