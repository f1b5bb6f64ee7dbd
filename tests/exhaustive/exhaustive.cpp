// Runs every elementary function on all 2^32 floats (or a sample), on an OpenCL device and in the
// reference, and compares the bits: a proof by enumeration that the two agree there. Prints one
// hash a function, so that devices in different machines can be compared as well.
//
//   exhaustive [--device NAME] [--function NAME] [--stride N] [--threads N] [--define MACRO]
//
// --function: one of the list that --help prints, or sum_tree. --stride N: every N-th float, and
// the floats around every power of two. --define: builds the device code with an injection, which
// must end in a mismatch. Exit: 0 equal, 1 failure, 2 bad usage, 3 no device, 4 mismatch.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host/error.h"
#include "tests/exhaustive/device.h"
#include "tests/exhaustive/expected.h"
#include "tests/exhaustive/sum_trees.h"
#include "tests/exhaustive/sweep_functions.h"

namespace zerocl::exhaustive {
namespace {

constexpr std::size_t chunk_inputs = std::size_t{1} << 22;

struct Options {
  std::string device, function, define;
  std::uint64_t stride = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
};

struct Difference {
  int width;
  std::uint32_t input, expected, actual;
};

// FNV-1a over 32-bit words instead of bytes.
std::uint64_t hash(std::uint64_t h, std::uint64_t word) {
  return (h ^ word) * 0x100000001b3u;
}
constexpr std::uint64_t hash_start = 0xcbf29ce484222325u;

// One chunk: the inputs, what the device gave at each width, and what a part of it compared to.
struct Chunk {
  std::vector<std::uint32_t> inputs;
  std::vector<int> widths;
  std::vector<std::vector<std::uint32_t>> results;  // one a width
};

struct PartResult {
  std::uint64_t hash = hash_start;
  std::optional<Difference> difference;
};

void compare_part(int function, const Chunk& chunk, std::size_t begin, std::size_t end,
                  PartResult& out) {
  std::vector<std::uint32_t> wanted(end - begin);
  expected(function, std::span(chunk.inputs).subspan(begin, end - begin), wanted);
  for (std::size_t w = 0; w < chunk.widths.size() && !out.difference; ++w) {
    const std::uint32_t* got = chunk.results[w].data() + begin;
    if (std::memcmp(got, wanted.data(), wanted.size() * sizeof(std::uint32_t)) == 0) continue;
    const auto at = static_cast<std::size_t>(
        std::mismatch(wanted.begin(), wanted.end(), got).first - wanted.begin());
    out.difference = {chunk.widths[w], chunk.inputs[begin + at], wanted[at], got[at]};
  }
  for (std::size_t i = begin; i < end; ++i) out.hash = hash(out.hash, chunk.results[0][i]);
}

// Compares a chunk on all threads; adds to `total`. Parts are of fixed size, so that the hash does
// not depend on the number of threads.
std::optional<Difference> compare(int function, const Chunk& chunk, unsigned threads,
                                  std::uint64_t& total) {
  constexpr std::size_t part = std::size_t{1} << 16;
  const std::size_t parts = (chunk.inputs.size() + part - 1) / part;
  std::vector<PartResult> results(parts);
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (std::size_t p = t; p < parts; p += threads) {
        compare_part(function, chunk, p * part, std::min((p + 1) * part, chunk.inputs.size()),
                     results[p]);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const PartResult& result : results) total = hash(total, result.hash);
  for (const PartResult& result : results) {
    if (result.difference) return result.difference;
  }
  return std::nullopt;
}

// The floats around every power of two, zeros, infinities and NaNs: where formulas have seams.
std::vector<std::uint32_t> edges() {
  std::vector<std::uint32_t> all;
  for (std::uint32_t exponent = 0; exponent < 512; ++exponent) {
    for (std::uint32_t i = 0; i < 16; ++i) all.push_back((exponent << 23) + i - 8u);
  }
  return all;
}

Chunk empty_chunk(int function, std::size_t inputs) {
  Chunk chunk;
  chunk.widths = has_vector_forms(function) ? std::vector<int>{1, 8, 16} : std::vector<int>{1};
  chunk.inputs.resize(inputs);
  chunk.results.assign(chunk.widths.size(), std::vector<std::uint32_t>(inputs));
  return chunk;
}

bool sweep(Device& device, const Options& options, int function) {
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t total = hash_start;
  std::optional<Difference> difference;
  std::uint64_t count = 0;
  if (options.stride > 1) {
    Chunk chunk = empty_chunk(function, edges().size());
    chunk.inputs = edges();
    for (std::size_t w = 0; w < chunk.widths.size(); ++w)
      device.sweep(function, chunk.widths[w], chunk.inputs, chunk.results[w]);
    difference = compare(function, chunk, options.threads, total);
    count += chunk.inputs.size();
  }
  const std::uint64_t inputs = (std::uint64_t{1} << 32) / options.stride / 16 * 16;
  Chunk chunk = empty_chunk(
      function, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_inputs, inputs)));
  for (std::uint64_t done = 0; done < inputs && !difference; done += chunk_inputs) {
    if (inputs - done < chunk_inputs)
      chunk = empty_chunk(function, static_cast<std::size_t>(inputs - done));
    const auto first = static_cast<std::uint32_t>(done * options.stride);
    const auto stride = static_cast<std::uint32_t>(options.stride);
    for (std::size_t w = 0; w < chunk.widths.size(); ++w)
      device.sweep(function, chunk.widths[w], first, stride, chunk.results[w]);
    for (std::size_t i = 0; i < chunk.inputs.size(); ++i)
      chunk.inputs[i] = first + static_cast<std::uint32_t>(i) * stride;
    device.finish();
    difference = compare(function, chunk, options.threads, total);
    count += chunk.inputs.size();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (difference) {
    std::printf("%-17s MISMATCH: input 0x%08x, width %d: expected 0x%08x, got 0x%08x\n",
                function_name(function), difference->input, difference->width, difference->expected,
                difference->actual);
  } else {
    std::printf("%-17s %llu inputs equal, hash %016llx, %.1f s\n", function_name(function),
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(total),
                seconds);
  }
  return !difference;
}

void usage() {
  std::fprintf(stderr,
               "usage: exhaustive [--device NAME] [--function NAME] [--stride N] [--threads N] "
               "[--define MACRO]\nfunctions: sum_tree");
  for (int f = 0; f < sweep_function_count; ++f) std::fprintf(stderr, " %s", function_name(f));
  std::fprintf(stderr, "\n");
}

std::uint64_t number(const std::string& text, std::uint64_t limit) {
  std::size_t used = 0;
  std::uint64_t value = 0;
  try {
    value = std::stoull(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || value < 1 || value > limit)
    throw Error("not a number from 1 to " + std::to_string(limit) + ": " + text, ErrorKind::usage);
  return value;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 >= argc) throw Error("no value for " + name, ErrorKind::usage);
    const std::string value = argv[i + 1];
    if (name == "--device") {
      options.device = value;
    } else if (name == "--function") {
      options.function = value;
    } else if (name == "--define") {
      options.define = "-D" + value + "=1";
    } else if (name == "--stride") {
      options.stride = number(value, 1u << 20);
    } else if (name == "--threads") {
      options.threads = static_cast<unsigned>(number(value, 1024));
    } else {
      throw Error("unknown option " + name, ErrorKind::usage);
    }
  }
  return options;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::vector<int> chosen;
  for (int f = 0; f < sweep_function_count; ++f) {
    if (options.function.empty() || options.function == function_name(f)) chosen.push_back(f);
  }
  const bool trees = options.function.empty() || options.function == "sum_tree";
  if (chosen.empty() && !trees)
    throw Error("unknown function " + options.function, ErrorKind::usage);

  Device device(options.device, options.define);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a full run is long: show each line when it is there
  std::printf("%s\n", device.name().c_str());
  bool equal = true;
  if (trees) equal = compare_sum_trees(device) && equal;
  for (int function : chosen) equal = sweep(device, options, function) && equal;
  return equal ? 0 : static_cast<int>(ErrorKind::mismatch);
}

}  // namespace
}  // namespace zerocl::exhaustive

int main(int argc, char** argv) {
  try {
    return zerocl::exhaustive::run(argc, argv);
  } catch (const zerocl::Error& error) {
    std::fprintf(stderr, "exhaustive: %s\n", error.what());
    if (error.kind() == zerocl::ErrorKind::usage) zerocl::exhaustive::usage();
    return static_cast<int>(error.kind());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exhaustive: %s\n", error.what());
    return 1;
  }
}
