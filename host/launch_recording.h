#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "host/buffer.h"
#include "host/kernel.h"

namespace zerocl {

// Launches that a gatherer has run as one, in a form of its own.
struct GatheredLaunches {
  virtual ~GatheredLaunches() = default;
};

// What a queue launched while it recorded (Queue::record), to be launched again by Queue::replay
// without those who had asked for it. Owns no memory: its buffers must still be there then.
class LaunchRecording {
 public:
  // Whether it was launches alone; after copies, fills or reads among them it can't be replayed.
  bool complete() const { return complete_; }

 private:
  friend class Queue;
  struct Launch {
    KernelId id;
    Range global, local;
    std::vector<BufferView> buffers;
    std::vector<std::byte> args;
  };
  struct Entry {
    std::string label;  // of the queue, when it was launched
    std::variant<Launch, std::shared_ptr<const GatheredLaunches>> launched;
  };
  std::vector<Entry> entries_;
  bool complete_ = true;
};

}  // namespace zerocl
