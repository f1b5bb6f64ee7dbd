#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "cl_kernels/abi/peak.h"
#include "engine/cli/bench.h"
#include "engine/cli/bench_timing.h"
#include "engine/cli/progress.h"
#include "engine/cli/signals.h"
#include "engine/cli/table.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl::cli {
namespace {

using Clock = std::chrono::steady_clock;

const KernelId kKernel = {"peak", "wgmma"};
constexpr double kLaunchSeconds = 0.01;    // of each launch: the first shows the unthrottled clock
constexpr double kSustainedSeconds = 1.5;  // in all; the last second counts as sustained
constexpr double kCopySeconds = 1.0;
constexpr std::size_t kCopyBytes = 2ULL << 30;

std::vector<std::int8_t> random_codes() {
  std::mt19937 random(1);
  std::vector<std::int8_t> codes(PEAK_STAGES * PEAK_STAGE_BYTES);
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(random() % 255) - 127;
  return codes;
}

// What item `item` of a work-group has after one round: its 128 sums together, modulo 2^32.
std::uint32_t expected_sum(const std::vector<std::int8_t>& codes, std::size_t item) {
  std::uint32_t sum = 0;
  const std::size_t row = item / 32 * 16 + item % 32 / 4, column = item % 4 * 2;
  for (std::size_t stage = 0; stage < PEAK_STAGES; ++stage) {
    const std::int8_t* x = codes.data() + stage * PEAK_STAGE_BYTES;
    const std::int8_t* w = x + PEAK_ROWS * CODES_TILE;
    for (std::size_t k = 0; k < CODES_TILE; ++k) {
      int rows = 0, outputs = 0;  // the product of sums is the sum of products
      for (const std::size_t m : {row, row + 8}) rows += x[CODES_TILES_INDEX(m, k, CODES_TILE)];
      for (std::size_t n = column; n < PEAK_OUTPUTS; n += 8) {
        outputs += w[CODES_TILES_INDEX(n, k, CODES_TILE)];
        outputs += w[CODES_TILES_INDEX(n + 1, k, CODES_TILE)];
      }
      sum += static_cast<std::uint32_t>(rows * outputs);
    }
  }
  return sum;
}

// TOPS of products whose operands are one kind of bytes.
struct Peak {
  const char* operands;
  double first = 0;                  // of the first launch
  double sustained = 0, lowest = 0;  // of the last second; its slowest launch
  double seconds = 0;                // of everything
  std::size_t launches = 0;
};

class PeakBench {
 public:
  explicit PeakBench(Queue& queue)
      : queue_(queue),
        units_(std::max<std::size_t>(queue.facts().compute_units, 1)),
        codes_(random_codes()),
        operands_(*queue.context(), codes_.size()),
        sums_(*queue.context(), units_ * PEAK_ITEMS * sizeof(std::uint32_t)) {}

  Peak measure(const char* name, bool zeros) {
    queue_.fill(operands_, 0);
    if (!zeros) queue_.write(operands_, std::span(codes_));
    launch(1);
    check(zeros);
    const auto rounds = rounds_for(kLaunchSeconds);
    Peak peak{name};
    std::vector<double> seconds;
    for (; peak.seconds < kSustainedSeconds; peak.seconds += seconds.back()) {
      check_interrupted();
      seconds.push_back(seconds_of(queue_, 1, [&] { launch(rounds); }));
    }
    const double operations = PEAK_ROUND_OPERATIONS * rounds * static_cast<double>(units_) * 1e-12;
    peak.launches = seconds.size();
    peak.first = operations / seconds.front();
    double last = 0, count = 0, longest = 0;
    for (auto each = seconds.rbegin(); each != seconds.rend() && last < 1; ++each, ++count) {
      last += *each;
      longest = std::max(longest, *each);
    }
    peak.sustained = count * operations / last;
    peak.lowest = operations / longest;
    return peak;
  }

 private:
  void launch(int rounds) {
    queue_.launch(kKernel, {units_ * PEAK_ITEMS}, {PEAK_ITEMS}, {operands_, sums_},
                  peak_args{rounds});
  }

  // The rate of a kernel that does not multiply says nothing.
  void check(bool zeros) {
    std::vector<std::uint32_t> sums(units_ * PEAK_ITEMS);
    queue_.read(sums_, std::span(sums));
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::uint32_t expected = zeros ? 0 : expected_sum(codes_, i % PEAK_ITEMS);
      if (sums[i] == expected) continue;
      throw Error(fmt::format("bench --peak: item {} of work-group {} has the sum {}, expected {}",
                              i % PEAK_ITEMS, i / PEAK_ITEMS, sums[i], expected),
                  ErrorKind::mismatch);
    }
  }

  // From a short run, so that the first one measured finds a device that is not warm yet.
  int rounds_for(double seconds) {
    constexpr int kSome = 100;
    const double some = seconds_of(queue_, 1, [&] { launch(kSome); });
    return static_cast<int>(std::clamp(seconds / some * kSome, 1.0, 1e6));
  }

  Queue& queue_;
  std::size_t units_;
  std::vector<std::int8_t> codes_;
  Buffer operands_, sums_;
};

// GB/s, read and written, for a second.
double sustained_copy(Queue& queue) {
  const std::size_t bytes =
      std::min<std::size_t>(kCopyBytes, queue.facts().max_alloc_bytes / 4 / 4096 * 4096);
  const Buffer from(*queue.context(), bytes), to(*queue.context(), bytes);
  queue.fill(from, 0x5a17c3e9);
  const Enqueue copy = [&] { queue.copy(from.view(), to.view(), bytes); };
  const int count = launches_for(queue, kCopySeconds, copy);
  return 2e-9 * static_cast<double>(bytes) * count / seconds_of(queue, count, copy);
}

Json peak_json(const Peak& peak) {
  return {{"operands", peak.operands},        {"first_tops", peak.first},
          {"sustained_tops", peak.sustained}, {"lowest_tops", peak.lowest},
          {"seconds", peak.seconds},          {"launches", peak.launches}};
}

std::string peak_table(const std::vector<Peak>& peaks) {
  using Align = Table::Align;
  Table table({{"operands"},
               {"first 10 ms, TOPS", Align::right},
               {"last second, TOPS", Align::right},
               {"its slowest 10 ms", Align::right}});
  for (const Peak& peak : peaks) {
    table.add({peak.operands, fmt::format("{:.0f}", peak.first),
               fmt::format("{:.0f}", peak.sustained), fmt::format("{:.0f}", peak.lowest)});
  }
  return table.text();
}

}  // namespace

int bench_peak(const BenchOptions& options) {
  const std::shared_ptr<Context> context = Context::create(select_device(options.session.device));
  const DeviceFacts& facts = context->facts();
  if (const auto refusal = wgmma_refusal(facts)) {
    throw Error(
        fmt::format("bench --peak measures wgmma, which {} lacks: {}", facts.name, *refusal),
        ErrorKind::no_device);
  }
  Queue queue(context);
  Progress progress("peak", "");
  PeakBench bench(queue);
  std::vector<Peak> peaks;
  progress.show("products of random operands");
  peaks.push_back(bench.measure("random", false));
  progress.show("products of zeros");
  peaks.push_back(bench.measure("zeros", true));
  progress.show("copies");
  const double copy = sustained_copy(queue);
  if (options.json) {
    Json list = Json::array();
    for (const Peak& peak : peaks) list.push_back(peak_json(peak));
    out().json({{"device", facts.name},
                {"driver", facts.driver_version},
                {"compute_units", facts.compute_units},
                {"int8_products", std::move(list)},
                {"copy_gb_per_s", copy}});
    return 0;
  }
  out().line(fmt::format("{}, driver {}: INT8 products by wgmma m64n256k32, {} compute units\n",
                         facts.name, facts.driver_version, facts.compute_units));
  out().put(peak_table(peaks));
  out().line(fmt::format("\n{:.0f} GB/s read and written in a copy that lasts a second", copy));
  return 0;
}

}  // namespace zerocl::cli
