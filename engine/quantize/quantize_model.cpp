#include "engine/quantize/quantize_model.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "engine/checkpoint/half.h"
#include "engine/checkpoint/output_dir.h"
#include "engine/checkpoint/safetensors_writer.h"
#include "engine/models/weights.h"
#include "engine/quantize/quantize_plan.h"
#include "host/context.h"
#include "host/error.h"
#include "host/ops/quantize_weight.h"
#include "host/queue.h"

namespace zerocl {
namespace {

// Runs the operator quantize_weight on a device, one matrix at a time.
class WeightQuantizer {
 public:
  explicit WeightQuantizer(const std::string& device)
      : context_(Context::create(select_device(device == "reference" ? "" : device))),
        queue_(context_) {}

  struct Result {
    std::vector<std::int8_t> codes;  // [rows, cols]
    std::vector<float> scales;       // [scale rows, groups]
  };

  Result run(const std::vector<float>& values, const QuantizedSource& source) {
    const ScaleLayout layout = scale_layout(source.record, source.rows, source.cols);
    Result result;
    result.codes.resize(values.size());
    result.scales.resize(static_cast<std::size_t>(layout.rows * layout.cols));
    const Buffer w(*context_, values.size() * sizeof(float));
    const Buffer codes(*context_, result.codes.size());
    const Buffer scales(*context_, result.scales.size() * sizeof(float));
    queue_.set_label(source.module);
    queue_.write(w, std::span(values));
    ops::quantize_weight(queue_, Tensor(w, DType::f32, source.rows, source.cols),
                         weight_grouping(source.record), codes, scales);
    queue_.read(codes, std::span(result.codes));
    queue_.read(scales, std::span(result.scales));
    return result;
  }

 private:
  std::shared_ptr<Context> context_;
  Queue queue_;
};

// Sums of a module's squared weights and squared errors, in double: reported, never stored.
struct Error2 {
  double signal = 0, noise = 0;
  double sqnr_db() const { return noise == 0 ? INFINITY : 10 * std::log10(signal / noise); }
};

void add_error(Error2& error, const std::vector<float>& values,
               const WeightQuantizer::Result& result, const QuantizedSource& source) {
  const ScaleLayout layout = scale_layout(source.record, source.rows, source.cols);
  for (std::int64_t r = 0; r < source.rows; ++r)
    for (std::int64_t c = 0; c < source.cols; ++c) {
      const auto i = static_cast<std::size_t>(r * source.cols + c);
      const double scale = result.scales[layout.index(r, c)];
      const double difference = values[i] - scale * result.codes[i];
      error.signal += static_cast<double>(values[i]) * values[i];
      error.noise += difference * difference;
    }
}

std::vector<float> read_source(const Checkpoint& checkpoint, const QuantizedSource& source) {
  if (!source.transposed) return checkpoint.read_f32(source.stored, {source.rows, source.cols});
  return transposed(checkpoint.read_f32(source.stored, {source.cols, source.rows}), source.cols,
                    source.rows);
}

std::vector<TensorDeclaration> declare(const Checkpoint& checkpoint, const QuantizePlan& plan) {
  std::vector<TensorDeclaration> declarations;
  for (const std::string& name : checkpoint.names()) {
    const QuantizedSource* source = plan.find(name);
    if (!source) {
      const StoredTensor* stored = checkpoint.find(name);
      declarations.push_back({name, stored->type, stored->shape});
      continue;
    }
    if (source->half) {
      declarations.push_back({name, StoredType::f16, checkpoint.find(name)->shape});
      continue;
    }
    const ScaleLayout layout = scale_layout(source->record, source->rows, source->cols);
    declarations.push_back({name, StoredType::i8, {source->rows, source->cols}});
    declarations.push_back({scale_name(name), StoredType::f32, {layout.rows, layout.cols}});
  }
  return declarations;
}

// Bytes of all tensors, as stored and as written.
void count_bytes(const Checkpoint& checkpoint, const std::vector<TensorDeclaration>& declarations,
                 QuantizeReport& report) {
  for (const std::string& name : checkpoint.names())
    report.bytes_before += checkpoint.find(name)->bytes;
  for (const TensorDeclaration& tensor : declarations)
    report.bytes_after += byte_count(tensor.type, tensor.shape).value_or(0);
}

// A tensor rounded to f16. Throws Error where a finite weight has no finite f16.
void write_half(const Checkpoint& checkpoint, const QuantizedSource& source,
                SafetensorsWriter& writer, Error2& error) {
  const std::vector<float> values =
      checkpoint.read_f32(source.stored, checkpoint.find(source.stored)->shape);
  std::vector<std::uint16_t> halves;
  halves.reserve(values.size());
  for (const float value : values) {
    halves.push_back(f32_to_f16(value));
    const double rounded = f16_to_f32(halves.back());
    if (std::isinf(rounded) && !std::isinf(value))
      throw Error(fmt::format("tensor \"{}\": {} is too large for f16", source.stored, value));
    error.signal += static_cast<double>(value) * value;
    error.noise += (value - rounded) * (value - rounded);
  }
  writer.append(source.stored, std::span<const std::uint16_t>(halves));
}

// Codes and scales of a tensor.
void write_codes(const Checkpoint& checkpoint, const QuantizedSource& source,
                 WeightQuantizer& quantizer, SafetensorsWriter& writer, Error2& error) {
  const std::vector<float> values = read_source(checkpoint, source);
  const WeightQuantizer::Result result = quantizer.run(values, source);
  writer.append(source.stored, std::span<const std::int8_t>(result.codes));
  writer.append(scale_name(source.stored), std::span<const float>(result.scales));
  add_error(error, values, result, source);
}

std::uint64_t bytes_of(const QuantizedSource& source) {
  const auto elements = static_cast<std::uint64_t>(source.rows * source.cols);
  if (source.half) return 2 * elements;
  const ScaleLayout layout = scale_layout(source.record, source.rows, source.cols);
  return elements + 4 * static_cast<std::uint64_t>(layout.rows * layout.cols);
}

// Quantizes or copies every tensor. Modules are reported in the order of the model.
void write_tensors(
    const Checkpoint& checkpoint, const QuantizePlan& plan, const QuantizeOptions& options,
    SafetensorsWriter& writer, QuantizeReport& report,
    const std::function<void(const std::string&, std::int64_t, std::int64_t)>& progress) {
  for (const std::string& name : checkpoint.names())
    if (!plan.find(name)) {
      const std::vector<std::byte> data = checkpoint.read_raw(name);
      writer.append(name, data.data(), data.size());
    }
  if (plan.sources.empty()) return;
  std::optional<WeightQuantizer> quantizer;  // f16 needs no device
  if (!plan.sources.front().half) quantizer.emplace(options.device);
  Error2 error;
  const auto total = static_cast<std::int64_t>(plan.sources.size());
  for (std::int64_t i = 0; i < total; ++i) {
    const QuantizedSource& source = plan.sources[static_cast<std::size_t>(i)];
    if (report.modules.empty() || report.modules.back().module != source.module) {
      report.modules.push_back({source.module, 0, 0, 0});
      error = {};
    }
    if (progress) progress(source.module, i, total);
    if (source.half)
      write_half(checkpoint, source, writer, error);
    else
      write_codes(checkpoint, source, *quantizer, writer, error);
    ModuleReport& module = report.modules.back();
    module.sqnr_db = error.sqnr_db();
    module.bytes_before += checkpoint.find(source.stored)->bytes;
    module.bytes_after += bytes_of(source);
  }
  if (progress) progress("", total, total);
}

}  // namespace

QuantizeReport quantize_model(
    const std::filesystem::path& input, const std::filesystem::path& output,
    const QuantizeOptions& options,
    const std::function<void(const std::string&, std::int64_t, std::int64_t)>& progress) {
  const auto start = std::chrono::steady_clock::now();
  const std::shared_ptr<const Model> model = Model::open(input);
  const QuantizePlan plan = plan_quantization(*model, options);
  const Checkpoint checkpoint = model->dir().checkpoint();
  const std::vector<TensorDeclaration> declarations = declare(checkpoint, plan);

  QuantizeReport report;
  count_bytes(checkpoint, declarations, report);
  OutputDir out(output, {.replace = options.replace, .inputs = {input}});
  nlohmann::json config = model->dir().config().json();
  config["quantization_config"] = to_json(plan.config);
  out.write_json("config.json", config);
  for (const std::string& name : model->dir().files_to_copy()) out.copy_file(input / name, name);
  SafetensorsWriter writer(out.file("model.safetensors"), declarations, {{"format", "pt"}});
  write_tensors(checkpoint, plan, options, writer, report, progress);
  writer.finish();
  out.commit();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace zerocl
