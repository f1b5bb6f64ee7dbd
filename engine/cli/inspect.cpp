#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/progress.h"
#include "engine/cli/table.h"
#include "engine/models/weights.h"

namespace zerocl::cli {
namespace {

struct Options {
  std::string dir;
  bool graph = false;
  bool json = false;
};

// A tensor of the engine as the checkpoint stores it; several stored ones may be stacked.
struct TensorFacts {
  std::string name;
  std::int64_t rows = 0, cols = 0;
  std::vector<std::string> stored = {};  // names in the checkpoint
  std::string type = {};
  std::uint64_t bytes = 0;  // scales included
  std::optional<ModuleQuantization> quantization = {};
  std::int64_t scales = 0;
  float least_scale = 0, largest_scale = 0;
};

void add_scales(const Checkpoint& checkpoint, const std::string& source, TensorFacts& facts) {
  const StoredTensor* stored = checkpoint.find(scale_name(source));
  if (stored == nullptr) return;
  facts.bytes += stored->bytes;
  for (const float scale : checkpoint.read_f32(scale_name(source), stored->shape)) {
    facts.least_scale = facts.scales == 0 ? scale : std::min(facts.least_scale, scale);
    facts.largest_scale = facts.scales == 0 ? scale : std::max(facts.largest_scale, scale);
    ++facts.scales;
  }
}

std::vector<TensorFacts> read_facts(const Model& model) {
  const Checkpoint checkpoint = model.dir().checkpoint({model.tensors().prefix});
  std::vector<TensorFacts> all;
  for (const TensorSpec& spec : model.tensors().tensors) {
    TensorFacts facts{.name = spec.name, .rows = spec.rows, .cols = spec.cols};
    const auto module = model.quantization().modules.find(spec.module());
    if (module != model.quantization().modules.end() && spec.role != TensorRole::vector) {
      facts.quantization = module->second;
    }
    for (const std::string& source : spec.sources) {
      const StoredTensor* stored = checkpoint.find(source);
      facts.stored.push_back(stored != nullptr ? stored->name : source);
      if (stored == nullptr) continue;
      facts.type = stored_type_name(stored->type);
      facts.bytes += stored->bytes;
      if (facts.quantization) add_scales(checkpoint, source, facts);
    }
    if (facts.type.empty()) facts.type = "missing";
    all.push_back(std::move(facts));
  }
  return all;
}

std::string weight_groups(const ModuleQuantization& module) {
  switch (module.weight_scale) {
    case ModuleQuantization::WeightScale::per_row:
      return "row";
    case ModuleQuantization::WeightScale::row_groups:
      return fmt::format("{} row groups", module.row_groups);
    case ModuleQuantization::WeightScale::k_groups:
      return fmt::format("{} inputs", module.group_size);
  }
  return "?";
}

std::string activation_groups(const ModuleQuantization& module) {
  switch (module.activation_scale) {
    case ModuleQuantization::ActivationScale::token:
      return "token";
    case ModuleQuantization::ActivationScale::k_groups:
      return fmt::format("{} inputs", module.activation_group_size);
    case ModuleQuantization::ActivationScale::none:
      return "none";
  }
  return "?";
}

Json tensor_json(const TensorFacts& facts) {
  Json json = {{"name", facts.name},
               {"shape", {facts.rows, facts.cols}},
               {"type", facts.type},
               {"bytes", facts.bytes},
               {"stored", facts.stored}};
  if (facts.quantization) {
    json["bits"] = facts.quantization->weight_bits;
    json["scale_per"] = weight_groups(*facts.quantization);
    json["activations"] = activation_groups(*facts.quantization);
    json["scales"] = {{"count", facts.scales},
                      {"least", json_float(facts.least_scale)},
                      {"largest", json_float(facts.largest_scale)}};
  }
  return json;
}

std::string tensor_table(const std::vector<TensorFacts>& tensors) {
  using Align = Table::Align;
  Table table({{"tensor"},
               {"shape", Align::right},
               {"type"},
               {"bits", Align::right},
               {"scale per"},
               {"activations"},
               {"scales", Align::right},
               {"least", Align::right},
               {"largest", Align::right},
               {"bytes", Align::right}});
  for (const TensorFacts& t : tensors) {
    std::vector<std::string> cells = {t.name, fmt::format("{} x {}", t.rows, t.cols), t.type};
    if (t.quantization) {
      for (std::string& cell : std::vector<std::string>{
               fmt::format("{}", t.quantization->weight_bits), weight_groups(*t.quantization),
               activation_groups(*t.quantization), fmt::format("{}", t.scales),
               fmt::format("{:.3g}", t.least_scale), fmt::format("{:.3g}", t.largest_scale)}) {
        cells.push_back(std::move(cell));
      }
    } else {
      cells.resize(9);
    }
    cells.push_back(fmt::format("{}", t.bytes));
    table.add(std::move(cells));
  }
  return table.text();
}

Json model_json(const Model& model) {
  const ModelConfig& config = model.config();
  return {{"architecture", config.architecture},
          {"family", family_name(config.family)},
          {"scheme", model.scheme()},
          {"attention", model.quantization().attention},
          {"layers", config.layers},
          {"hidden", config.hidden},
          {"heads", config.heads},
          {"inner", config.inner},
          {"vocabulary", config.vocabulary},
          {"positions", config.positions},
          {"labels", config.labels},
          {"tokenizer", model.has_tokenizer()}};
}

int run_inspect(const Options& options) {
  const auto model = Model::open(options.dir);
  const std::vector<TensorFacts> tensors = read_facts(*model);
  const Graph graph = model->graph(Task::forward, {});
  std::uint64_t bytes = 0;
  std::int64_t parameters = 0;
  for (const TensorFacts& t : tensors) {
    bytes += t.bytes;
    parameters += t.rows * t.cols;
  }
  if (options.json) {
    Json json = model_json(*model);
    json["parameters"] = parameters;
    json["bytes"] = bytes;
    json["tensors"] = Json::array();
    for (const TensorFacts& t : tensors) json["tensors"].push_back(tensor_json(t));
    if (options.graph) json["graph"] = graph.text();
    out().json(json);
    return 0;
  }
  const ModelConfig& config = model->config();
  out().line(fmt::format(
      "{} ({}), {}: {} layers, {} x {} hidden, {} inner, {} heads, vocabulary {}, "
      "{} positions",
      config.architecture, family_name(config.family), model->scheme(), config.layers, config.heads,
      config.head_size(), config.inner, config.heads, config.vocabulary, config.positions));
  out().line(
      fmt::format("{} parameters, {}\n", parameters, format_bytes(static_cast<double>(bytes))));
  out().put(options.graph ? graph.text() : tensor_table(tensors));
  return 0;
}

}  // namespace

void add_inspect(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, "inspect", "A model's tensors, quantization and graph of operators",
                  "  zerocl inspect gpt2-w8a8\n"
                  "  zerocl inspect gpt2-w8a8 --graph");
  command->add_option("DIR", options->dir, "Model directory")->required()->type_name("");
  command->add_flag("--graph", options->graph, "The graph of operators instead of the tensors");
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_inspect(*options); }; });
}

}  // namespace zerocl::cli
