// How fast linear_w8a8 and linear_f32 are on a CPU, next to Eigen's float product.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/eigen_product.h"
#include "host/context.h"
#include "host/device.h"
#include "host/error.h"
#include "host/ops/codes.h"
#include "host/ops/linear_f32.h"
#include "host/ops/linear_w8a8.h"
#include "host/queue.h"

namespace zerocl::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Shape {
  int rows, outputs, inputs;
};
constexpr Shape kShapes[] = {{128, 768, 768}, {128, 3072, 768}, {128, 768, 3072}, {1024, 1536, 384},
                             {8, 1536, 384},  {1, 2048, 512},   {1, 768, 768}};
// Few rows are bound by memory: they walk through this many weights, as through a model's layers.
constexpr std::size_t kWalkedWeights = std::size_t{16} << 20;
constexpr double kTurnSeconds = 3e-3;  // of one contestant before the next has its turn

struct Contestant {
  std::string name;
  std::function<void(std::size_t)> run;  // enqueues or does the product with copy i of the weight
  std::function<void()> wait;
  std::vector<double> seconds;  // one a turn, for one product
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<float> floats(std::size_t count, unsigned seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<float>(seed >> 8) * 0x1p-24f - 0.5f;
  }
  return values;
}

template <class T>
Buffer upload(Queue& queue, const std::vector<T>& values) {
  Buffer buffer(*queue.context(), values.size() * sizeof(T));
  queue.write(buffer, std::span(values));
  return buffer;
}

// One shape's operands for all contestants.
class Bout {
 public:
  Bout(Queue& queue, const Shape& shape)
      : queue_(queue),
        shape_(shape),
        m_(static_cast<std::size_t>(shape.rows)),
        n_(static_cast<std::size_t>(shape.outputs)),
        k_(static_cast<std::size_t>(shape.inputs)),
        copies_(shape.rows > 8 ? 1 : std::max<std::size_t>(1, kWalkedWeights / (n_ * k_))),
        x_(upload(queue, floats(m_ * k_, 1))),
        y_(*queue.context(), m_ * n_ * sizeof(float)),
        scales_(upload(queue, floats(std::max(m_, n_), 2))),
        host_x_(floats(m_ * k_, 1)),
        host_w_(floats(n_ * k_ * copies_, 3)),
        host_y_(m_ * n_) {}

  std::vector<Contestant> contestants() {
    const int threads = static_cast<int>(queue_.facts().compute_units);
    std::vector<Contestant> out;
    out.push_back({"Eigen float",
                   [this, threads](std::size_t i) {
                     eigen_product(host_x_.data(), host_w_.data() + i % copies_ * n_ * k_,
                                   host_y_.data(), shape_.rows, shape_.outputs, shape_.inputs,
                                   threads);
                   },
                   [] {},
                   {}});
    for (const Variant& variant : kLinearW8A8Variants)
      if (variant.meant_for != Variant::For::gpu && !variant.refusal(queue_.facts()))
        out.push_back(w8a8(variant.name));
    out.push_back(f32());
    return out;
  }

  std::size_t copies() const { return copies_; }
  double operations() const { return 2.0 * static_cast<double>(m_ * n_ * k_); }

 private:
  Tensor y() const { return {y_, DType::f32, shape_.rows, shape_.outputs}; }

  Contestant w8a8(std::string_view variant) {
    const std::string family(ops::linear_w8a8_family_of(variant));
    std::vector<std::int8_t> codes(n_ * k_);
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::int8_t>(254.0f * host_w_[i]);
    std::vector<std::byte> packed(
        ops::packed_bytes_w8a8(family, shape_.outputs, shape_.inputs, shape_.inputs));
    ops::pack_linear_w8a8(family, codes, shape_.outputs, shape_.inputs, shape_.inputs, packed);
    const std::size_t first = buffers_.size();
    for (std::size_t i = 0; i < copies_; ++i) buffers_.push_back(upload(queue_, packed));

    const ops::CodesLayout layout = ops::linear_w8a8_input_layout_of(family);
    const std::int64_t stride = ops::codes_stride(layout, shape_.inputs);
    const DType dtype = ops::codes_dtype(layout);
    std::vector<std::byte> x(ops::codes_bytes(layout, shape_.rows, stride));
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<std::byte>(dtype == DType::i16 && i % 2 == 1 ? 0 : i % 127);
    buffers_.push_back(upload(queue_, x));
    const ops::Codes view{Tensor(buffers_.back(), dtype, shape_.rows, shape_.inputs, stride),
                          Tensor(scales_, DType::f32, shape_.rows, 1), shape_.inputs, layout};
    const ops::LinearW8A8Weight weight{shape_.outputs, shape_.inputs, shape_.inputs, family, {},
                                       scales_,        scales_};
    return {fmt::format("linear_w8a8 {}", variant.empty() ? "portable" : variant),
            [this, first, view, weight](std::size_t i) {
              ops::LinearW8A8Weight copy = weight;
              copy.codes = buffers_[first + i % copies_];
              ops::linear_w8a8(queue_, view, copy, y());
            },
            [this] { queue_.finish(); },
            {}};
  }

  Contestant f32() {
    const std::string family(ops::linear_f32_family_of(""));
    std::vector<float> packed(ops::packed_floats_f32(family, shape_.outputs, shape_.inputs));
    ops::pack_linear_f32(family, std::span(host_w_).first(n_ * k_), shape_.outputs, shape_.inputs,
                         packed);
    const std::size_t first = buffers_.size();
    for (std::size_t i = 0; i < copies_; ++i) buffers_.push_back(upload(queue_, packed));
    const ops::LinearF32Weight weight{shape_.outputs, shape_.inputs, family, {}, scales_};
    return {"linear_f32 portable",
            [this, first, weight](std::size_t i) {
              ops::LinearF32Weight copy = weight;
              copy.values = buffers_[first + i % copies_];
              ops::linear_f32(queue_, Tensor(x_, DType::f32, shape_.rows, shape_.inputs), copy,
                              y());
            },
            [this] { queue_.finish(); },
            {}};
  }

  Queue& queue_;
  Shape shape_;
  std::size_t m_, n_, k_;
  std::size_t copies_;
  Buffer x_, y_, scales_;
  std::vector<Buffer> buffers_;
  std::vector<float> host_x_, host_w_, host_y_;
};

// Everybody in turn until the time is over, so that a change of the machine's mood hits all alike.
void compete(std::vector<Contestant>& contestants, double budget, std::size_t products) {
  const auto start = Clock::now();
  for (int turn = 0; turn < 5 || seconds_since(start) < budget; ++turn)
    for (Contestant& contestant : contestants) {
      contestant.run(0);  // wakes the threads, and lets those of the one before fall asleep
      contestant.wait();
      const auto begin = Clock::now();
      for (std::size_t i = 0; i < products; ++i) contestant.run(i);
      contestant.wait();
      contestant.seconds.push_back(seconds_since(begin) / static_cast<double>(products));
    }
}

nlohmann::json measure(Queue& queue, const Shape& shape, double budget, bool print) {
  Bout bout(queue, shape);
  std::vector<Contestant> contestants = bout.contestants();
  const auto turn = static_cast<std::size_t>(kTurnSeconds / (bout.operations() / 150e9));
  compete(contestants, budget, std::clamp<std::size_t>(turn, bout.copies(), 400));
  const std::string name = fmt::format("{}x{}x{}", shape.rows, shape.outputs, shape.inputs);
  nlohmann::json rows = nlohmann::json::array();
  const double eigen = median(contestants.front().seconds);
  const double eigen_best =
      *std::min_element(contestants.front().seconds.begin(), contestants.front().seconds.end());
  for (const Contestant& contestant : contestants) {
    const double middle = median(contestant.seconds);
    const double best = *std::min_element(contestant.seconds.begin(), contestant.seconds.end());
    rows.push_back({{"shape", name},
                    {"name", contestant.name},
                    {"turns", contestant.seconds.size()},
                    {"median_us", 1e6 * middle},
                    {"best_us", 1e6 * best},
                    {"gops", bout.operations() / middle * 1e-9},
                    {"ratio_median", eigen / middle},
                    {"ratio_best", eigen_best / best}});
    if (print)
      fmt::print("{:<16} {:<22} {:>10.1f} {:>10.1f} {:>8.1f} {:>7.2f} {:>7.2f}\n", name,
                 contestant.name, 1e6 * middle, 1e6 * best, bout.operations() / middle * 1e-9,
                 eigen / middle, eigen_best / best);
  }
  return rows;
}

int run(int argc, char** argv) {
  CLI::App app(
      "linear_w8a8 and linear_f32 against Eigen's float product (-O3 -march=native, "
      "OpenMP) on a CPU device");
  std::string device;
  double budget = 5;
  bool json = false;
  app.add_option("--device", device, "index or part of the name; default: the first CPU device");
  app.add_option("--seconds", budget, "for each shape")->check(CLI::PositiveNumber);
  app.add_flag("--json", json, "one array of results on stdout");
  CLI11_PARSE(app, argc, argv);

  const std::vector<Device> devices = list_devices();
  const auto cpu = std::find_if(devices.begin(), devices.end(),
                                [](const Device& candidate) { return candidate.facts.is_cpu; });
  if (device.empty() && cpu == devices.end())
    throw Error("there is no OpenCL device on a CPU", ErrorKind::no_device);
  Queue queue(Context::create(device.empty() ? *cpu : select_device(device)));
  if (!json)
    fmt::print(
        "{}, {} threads. Products with their whole epilogue (scales, bias); the quantization of\n"
        "activations is not in it. Up to 8 rows: {} Mi weights walked in turn. Times of\n"
        "interleaved turns; ratio = Eigen's time / this time, by medians and by the best turns.\n\n"
        "{:<16} {:<22} {:>10} {:>10} {:>8} {:>7} {:>7}\n",
        queue.facts().name, queue.facts().compute_units, kWalkedWeights >> 20, "M x N x K", "",
        "median us", "best us", "GOPS", "ratio", "best");
  nlohmann::json results = nlohmann::json::array();
  for (const Shape& shape : kShapes)
    for (nlohmann::json& row : measure(queue, shape, budget, !json)) results.push_back(row);
  if (json) fmt::print("{}\n", results.dump(2));
  return 0;
}

}  // namespace
}  // namespace zerocl::bench

namespace {

// Between its turns Eigen's OpenMP threads would spin on the very cores that the kernels' turns are
// timed on (twice as slow, by medians). The run time reads the variable before main: start anew.
void wait_passively(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") || setenv("OMP_WAIT_POLICY", "passive", 1) != 0) return;
  execv("/proc/self/exe", argv);  // where that fails, the turns are timed as they are
}

}  // namespace

int main(int argc, char** argv) {
  wait_passively(argv);
  try {
    return zerocl::bench::run(argc, argv);
  } catch (const zerocl::Error& error) {
    fmt::print(stderr, "linear_vs_eigen: {}\n", error.what());
    return static_cast<int>(error.kind());
  }
}
