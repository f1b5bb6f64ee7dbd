#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace zerocl::cli {

// One measurement that another program asks for (`bench --requests`).
struct BenchRequest {
  std::int64_t batch = 1;     // sequences
  std::int64_t sequence = 1;  // tokens of each
  int runs = 1;
};

// Requests from standard input, one a line: "BATCH SEQ RUNS".
class BenchRequests {
 public:
  // Waits for the next one; nothing at the end of the input. Throws Error (usage) for a line that
  // is none, Interrupted.
  std::optional<BenchRequest> next();

 private:
  bool read_more();

  std::string buffer_;
};

}  // namespace zerocl::cli
