#include "engine/cli/bench.h"

#include <algorithm>
#include <charconv>

#include "cl_kernels/abi/numerics.h"
#include "engine/cli/commands.h"
#include "engine/cli/synthetic_model.h"
#include "host/error.h"

namespace zerocl::cli {
namespace {

// Asks for kernels of some kind.
bool is_of_kernels(const BenchOptions& options) {
  return !options.products.empty() || !options.variants.empty();
}

void check_tune(const BenchOptions& options) {
  if (options.profile || options.steps || !options.trace.empty() || options.lengths ||
      options.requests || is_of_kernels(options)) {
    throw Error(
        "--tune takes none of --profile, --steps, --trace, --lengths, --requests, --products and "
        "--variants",
        ErrorKind::usage);
  }
}

void check_peak(const BenchOptions& options) {
  if (!options.dir.empty() || !options.shape.empty() || !options.operators.empty() ||
      options.tune || options.profile || options.steps || !options.trace.empty() ||
      options.lengths || options.requests || !options.rows.empty() || is_of_kernels(options)) {
    throw Error("--peak goes with --device and --json alone", ErrorKind::usage);
  }
}

void check_requests(const BenchOptions& options, bool model) {
  if (!options.requests) return;
  if (!model || options.lengths || !options.trace.empty()) {
    throw Error("--requests takes a directory or --shape and none of --lengths and --trace",
                ErrorKind::usage);
  }
}

int run_bench(const BenchOptions& options) {
  if (!options.dir.empty() && !options.shape.empty()) {
    throw Error("bench takes a model directory or --shape, not both", ErrorKind::usage);
  }
  if (options.peak) {
    check_peak(options);
    return bench_peak(options);
  }
  if (options.tune) {
    check_tune(options);
    return bench_tune(options);
  }
  if (!options.rows.empty()) throw Error("--rows is for --tune", ErrorKind::usage);
  const bool model = !options.dir.empty() || !options.shape.empty();
  if (!model && (options.profile || options.steps || !options.trace.empty())) {
    throw Error("--profile, --steps and --trace are for models: give a directory or --shape",
                ErrorKind::usage);
  }
  if (!model && options.lengths) {
    throw Error("--lengths is for models: give a directory or --shape", ErrorKind::usage);
  }
  check_requests(options, model);
  if (model && (!options.operators.empty() || is_of_kernels(options))) {
    throw Error(
        "--op, --products and --variants are for kernels: give neither a directory nor --shape",
        ErrorKind::usage);
  }
  return model ? bench_model(options) : bench_kernels(options);
}

std::string shape_names() {
  std::string names;
  for (const std::string& name : synthetic_shapes()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// "16:256". The longest length is the models' business.
LengthRange parse_range(const std::string& text) {
  LengthRange range;
  const char* const end = text.data() + text.size();
  const auto low = std::from_chars(text.data(), end, range.low);
  const bool colon = low.ec == std::errc() && low.ptr != end && *low.ptr == ':';
  const auto high = colon ? std::from_chars(low.ptr + 1, end, range.high) : low;
  if (!colon || high.ec != std::errc() || high.ptr != end || range.low < 1 ||
      range.high < range.low) {
    throw CLI::ValidationError("--lengths", "\"" + text + "\" is no range such as 16:256");
  }
  return range;
}

// "16384x768x3072": M x N x K.
LinearDims parse_product(const std::string& text) {
  LinearDims dims;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool good = true;
  for (std::int64_t* number : {&dims.rows, &dims.outputs, &dims.inputs}) {
    if (number != &dims.rows) good = good && at != end && *at++ == 'x';
    const auto [rest, error] = std::from_chars(at, end, *number);
    good = good && error == std::errc() && *number >= 1 && *number <= 1 << 20;
    at = rest;
  }
  if (!good || at != end || dims.inputs > K_LIMIT) {
    throw CLI::ValidationError("--products",
                               "\"" + text + "\" is no product MxNxK such as 16384x768x3072");
  }
  return dims;
}

void declare_kernel_options(CLI::App& command, BenchOptions& options) {
  command.add_option("--op", options.operators, "Kernels: these operators only, between commas")
      ->type_name("NAME,NAME")
      ->delimiter(',');
  command
      .add_option("--variants", options.variants,
                  "Kernels: these variants only, between commas (portable: without a name)")
      ->type_name("NAME,NAME")
      ->delimiter(',');
  command
      .add_option_function<std::vector<std::string>>(
          "--products",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) options.products.push_back(parse_product(text));
          },
          "Kernels: products of these dimensions, between commas: rows x outputs x inputs")
      ->type_name("MxNxK,MxNxK")
      ->delimiter(',');
  command.add_flag("!--no-check", options.check,
                   "Kernels: do not compare the bits with the reference");
}

void declare_model_options(CLI::App& command, BenchOptions& options) {
  command.add_option("DIR", options.dir, "Model directory; without it and --shape: kernels")
      ->type_name("");
  command
      .add_option("--shape", options.shape,
                  "A model of this shape with synthetic weights: " + shape_names())
      ->type_name("NAME")
      ->check(CLI::IsMember(synthetic_shapes()));
  command.add_option("--scheme", options.scheme, "Scheme of the synthetic model: w8a8, f16 or f32")
      ->type_name("SCHEME")
      ->capture_default_str();
  command.add_option("--pp", options.prompt, "Decoders: tokens of the prompt (pp512)")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--tg", options.generated, "Decoders: tokens to generate (tg128)")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      .add_option("--batch", options.batches, "Sequences at a time, several sizes between commas")
      ->type_name("N,N")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 16))
      ->capture_default_str();
  CLI::Option* sequence =
      command.add_option("--seq", options.sequence, "Encoders: tokens of each sequence")
          ->type_name("N")
          ->check(CLI::PositiveNumber)
          ->capture_default_str();
  command
      .add_option_function<std::string>(
          "--lengths", [&options](const std::string& text) { options.lengths = parse_range(text); },
          "Encoders: mixed lengths, uniform from LOW to HIGH tokens, beside the same batch padded "
          "and as many tokens in equal lengths")
      ->type_name("LOW:HIGH")
      ->excludes(sequence);
  command.add_flag("--requests", options.requests,
                   "Encoders: measure what standard input asks for, a line \"BATCH SEQ RUNS\" at a "
                   "time, and answer each with a line of JSON");
  command.add_flag("--profile", options.profile, "Device time of each kernel, of a further run");
  command.add_flag(
      "--steps", options.steps,
      "Clocks of each step of the one launch that runs a small batch, of a further run");
  command
      .add_option("--trace", options.trace,
                  "Write that run as a Chrome trace (chrome://tracing, Perfetto)")
      ->type_name("FILE");
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void add_bench(CLI::App& program, Run& run) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command =
      add_command(program, "bench", "Speed of kernels, or of a model end to end",
                  "  zerocl bench                                      every kernel\n"
                  "  zerocl bench --op linear_w8a8\n"
                  "  zerocl bench --op linear_w8a8 --products 16384x768x3072\n"
                  "  zerocl bench gpt2-w8a8                            pp512 and tg128\n"
                  "  zerocl bench --shape bert-base --batch 1,8 --seq 128\n"
                  "  zerocl bench --shape bert-base --batch 128 --lengths 16:256\n"
                  "  zerocl bench --shape gpt2 --trace trace.json\n"
                  "  zerocl bench --tune\n"
                  "  zerocl bench --peak");
  declare_model_options(*command, *options);
  declare_kernel_options(*command, *options);
  command->add_flag("--tune", options->tune,
                    "Measure which kernel is the fastest at the widths of the model (without one: "
                    "of BERT-base and -large), for later runs on this device");
  command->add_option("--rows", options->rows, "--tune: numbers of rows to measure, between commas")
      ->type_name("N,N")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20));
  command->add_flag("--peak", options->peak,
                    "What the device can do at most, for a second: INT8 products on tensor cores "
                    "(NVIDIA Hopper), copies of its memory");
  command->add_option("--runs", options->runs, "Runs, of which the median counts")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  declare_device(*command, options->session.device);
  command->add_flag("--fast-f32", options->session.fast_f32,
                    "Float products by CLBlast: their bits are not defined");
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_bench(*options); }; });
}

}  // namespace zerocl::cli
