#include "engine/cli/bench_timing.h"

#include <algorithm>
#include <chrono>

namespace zerocl::cli {

double seconds_of(Queue& queue, int count, const Enqueue& enqueue) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  for (int i = 0; i < count; ++i) enqueue();
  queue.finish();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int launches_for(Queue& queue, double seconds, const Enqueue& enqueue) {
  constexpr int kMost = 1 << 20;
  seconds_of(queue, 1, enqueue);
  int count = 1;
  while (count < kMost) {
    const double taken = seconds_of(queue, count, enqueue);
    if (taken >= seconds) break;
    const double wanted = 1.3 * seconds * count / std::max(taken, 1e-6);
    count = static_cast<int>(std::clamp(wanted, count + 1.0, count * 100.0));
  }
  return std::min(count, kMost);
}

}  // namespace zerocl::cli
