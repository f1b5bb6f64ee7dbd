#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/verify/kernel_case.h"

namespace zerocl::cli {

// Lengths of sequences in tokens, both ends included; 1 <= low <= high.
struct LengthRange {
  std::int64_t low = 0, high = 0;
};

struct BenchOptions {
  SessionOptions session;
  int runs = 5;  // the median is reported
  bool json = false;

  // Kernels.
  std::vector<std::string> operators;  // empty: all
  std::vector<std::string> variants;   // empty: all that are meant for the device
  std::vector<LinearDims> products;    // of these dimensions instead of the benchmark's cases
  bool check = true;                   // compare bits with the reference

  // Models.
  std::string dir;    // a model directory, or
  std::string shape;  // a built-in shape with synthetic weights
  std::string scheme = "w8a8";
  std::int64_t prompt = 512, generated = 128;  // decoders: pp512, tg128
  std::vector<std::int64_t> batches = {1};
  std::int64_t sequence = 128;         // encoders: tokens of each text
  std::optional<LengthRange> lengths;  // encoders: mixed lengths instead
  bool requests = false;               // encoders: batches, lengths and runs from standard input
  bool profile = false;
  bool steps = false;
  std::string trace;  // file for a Chrome trace

  // The device by itself.
  bool peak = false;

  // Tuning.
  bool tune = false;
  std::vector<std::int64_t> rows;  // to measure; empty: from 1 to 32768
};

// Every operator and variant over its benchmark's cases. Throws Error (usage) for an unknown
// operator. Returns the exit status: 4 where bits differ.
int bench_kernels(const BenchOptions& options);
// A model end to end, real or synthetic.
int bench_model(const BenchOptions& options);

// Which kernel of each tuned operator is the fastest on this device at each width of a model (of
// BERT-base and -large without one) and number of rows; written into the cache directory, where
// later runs find it (host/ops/tuning.h).
int bench_tune(const BenchOptions& options);

// What the device can do at most, sustained: INT8 products on tensor cores and copies of its
// memory. Throws Error (no_device) for a device without wgmma.
int bench_peak(const BenchOptions& options);

double median(std::vector<double> values);

}  // namespace zerocl::cli
