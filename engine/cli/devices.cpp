#include <fmt/format.h>

#include <map>
#include <optional>

#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/table.h"
#include "host/context.h"
#include "host/device.h"
#include "host/error.h"
#include "host/ops/variant.h"

namespace zerocl::cli {
namespace {

struct Options {
  std::string device;
  bool summary = false;
  bool json = false;
};

// Of a variant that would run, had a better one not been chosen.
constexpr const char* kNotNeeded = "not needed";

Json float_json(const FloatConfig& fp32) {
  return {{"denormals", fp32.denorm},
          {"fma", fp32.fma},
          {"correctly_rounded_divide_sqrt", fp32.correctly_rounded_divide_sqrt},
          {"round_to_nearest", fp32.round_to_nearest},
          {"inf_nan", fp32.inf_nan}};
}

Json variants_json(const DeviceFacts& facts) {
  Json list = Json::array();
  for (const VariantChoice& choice : variant_choices(facts)) {
    Json entry = {{"operator", choice.op}, {"variant", choice.variant}, {"chosen", choice.chosen}};
    if (!choice.chosen) entry["refusal"] = choice.refusal.value_or(kNotNeeded);
    list.push_back(std::move(entry));
  }
  return list;
}

Json device_json(std::size_t index, const DeviceFacts& facts) {
  const auto refusal = exact_mode_refusal(facts);
  Json json = {{"index", index},
               {"name", facts.name},
               {"vendor", facts.vendor},
               {"type", facts.is_gpu   ? "gpu"
                        : facts.is_cpu ? "cpu"
                                       : "other"},
               {"platform", facts.platform_name},
               {"platform_version", facts.platform_version},
               {"device_version", facts.device_version},
               {"driver_version", facts.driver_version},
               {"opencl_c_version", facts.opencl_c_version},
               {"compute_units", facts.compute_units},
               {"clock_mhz", facts.clock_mhz},
               {"global_memory_bytes", facts.global_mem_bytes},
               {"largest_buffer_bytes", facts.max_alloc_bytes},
               {"local_memory_bytes", facts.local_mem_bytes},
               {"max_work_group_size", facts.max_work_group_size},
               {"float32", float_json(facts.fp32)},
               {"extensions", facts.extensions},
               {"exact_mode", !refusal.has_value()}};
  if (refusal) json["exact_mode_refusal"] = *refusal;
  if (facts.is_nvidia()) {
    json["compute_capability"] = fmt::format("{}.{}", facts.nvidia_sm_major, facts.nvidia_sm_minor);
  }
  json["variants"] = variants_json(facts);
  return json;
}

std::string float_text(const FloatConfig& fp32) {
  std::string text;
  const auto add = [&](bool has, const char* what) {
    if (has) text += std::string(text.empty() ? "" : ", ") + what;
  };
  add(fp32.fma, "fma");
  add(fp32.denorm, "denormals");
  add(fp32.correctly_rounded_divide_sqrt, "correctly rounded division and square root");
  return text.empty() ? "none of fma, denormals, correctly rounded division" : text;
}

// One line an operator: the variant that would run, and why the others would not.
std::string variants_text(const DeviceFacts& facts) {
  std::vector<std::string> order;
  std::map<std::string, std::pair<std::string, std::string>> lines;
  for (const VariantChoice& choice : variant_choices(facts)) {
    if (!lines.contains(choice.op)) order.push_back(choice.op);
    auto& [chosen, refused] = lines[choice.op];
    if (choice.chosen) {
      chosen = choice.variant;
    } else {
      refused += fmt::format("{}{}: {}", refused.empty() ? "" : "; ", choice.variant,
                             choice.refusal.value_or(kNotNeeded));
    }
  }
  Table table({{"    operator"}, {"runs"}, {"does not run"}});
  for (const std::string& op : order) {
    table.add({"    " + op, lines[op].first, lines[op].second});
  }
  return table.text();
}

std::string summary_text(std::size_t index, const DeviceFacts& facts, bool is_default) {
  return fmt::format("[{}] {}{}\n", index, facts.name, is_default ? "  (default)" : "");
}

std::string device_text(std::size_t index, const DeviceFacts& facts, bool is_default) {
  constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
  const auto refusal = exact_mode_refusal(facts);
  std::string text = summary_text(index, facts, is_default);
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("    {:<12}{}\n", name, value);
  };
  line("platform", facts.platform_name + ", " + facts.platform_version);
  line("driver", facts.driver_version);
  line("OpenCL", facts.device_version + ", " + facts.opencl_c_version);
  if (facts.is_nvidia()) {
    line("capability", fmt::format("{}.{}", facts.nvidia_sm_major, facts.nvidia_sm_minor));
  }
  line("compute", fmt::format("{} units, {} MHz", facts.compute_units, facts.clock_mhz));
  line("memory", fmt::format("{:.1f} GiB, largest buffer {:.1f} GiB, local {} KiB",
                             static_cast<double>(facts.global_mem_bytes) / kGiB,
                             static_cast<double>(facts.max_alloc_bytes) / kGiB,
                             facts.local_mem_bytes / 1024));
  line("float32", float_text(facts.fp32));
  line("exact mode", refusal ? "no: " + *refusal : "yes");
  return text + "\n" + variants_text(facts);
}

// With what only a Context finds out of NVIDIA's devices: whether the special function unit gives
// attention's weights and, on Hopper, whether the second build works.
DeviceFacts complete_facts(const Device& device) {
  if (device.facts.nvidia_sm() < 80) return device.facts;
  ContextOptions options;
  options.require_exact = false;
  try {
    return Context::create(device, options)->facts();
  } catch (const Error& error) {
    DeviceFacts facts = device.facts;
    facts.weights_refusal = error.what();
    if (facts.may_build_sm90a()) facts.sm90a_refusal = error.what();
    return facts;
  }
}

int run_devices(const Options& options) {
  const std::vector<Device> devices = list_devices();
  std::vector<DeviceFacts> facts;
  for (const Device& device : devices)
    facts.push_back(options.summary ? device.facts : complete_facts(device));
  std::optional<std::size_t> chosen;
  std::string reason;
  try {
    chosen = choose_device(facts, options.device);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::no_device) throw;
    reason = error.what();
  }
  if (options.json) {
    Json list = Json::array();
    for (std::size_t i = 0; i < facts.size(); ++i) list.push_back(device_json(i, facts[i]));
    out().json({{"default", chosen ? Json(*chosen) : Json(nullptr)}, {"devices", std::move(list)}});
  } else {
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (!options.device.empty() && chosen != i) continue;
      out().put(options.summary ? summary_text(i, facts[i], chosen == i)
                                : device_text(i, facts[i], chosen == i) + "\n");
    }
  }
  if (!chosen) throw Error(reason, ErrorKind::no_device);
  return 0;
}

}  // namespace

void add_devices(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(program, "devices",
                                  "List OpenCL devices and which kernel variants each would run",
                                  "  zerocl devices\n"
                                  "  zerocl devices --device 0 --json");
  declare_device(*command, options->device);
  command->add_flag("--summary", options->summary, "One line a device");
  declare_json(*command, options->json);
  command->callback([&run, options] { run = [options] { return run_devices(*options); }; });
}

}  // namespace zerocl::cli
