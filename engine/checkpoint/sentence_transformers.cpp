#include "engine/checkpoint/sentence_transformers.h"

#include <utility>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/json_file.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr const char* kModules = "modules.json";
constexpr const char* kSentenceBert = "sentence_bert_config.json";
constexpr std::size_t kMaxModules = 64;
constexpr std::int64_t kMaxTokens = 1 << 30;

std::string read_pooling(const JsonObject& config) {
  // Newer releases write one word, older ones a switch per mode; both describe the same modes.
  if (config.has("pooling_mode")) return config.get<std::string>("pooling_mode");
  const std::pair<const char*, const char*> switches[] = {
      {"pooling_mode_cls_token", "cls"},
      {"pooling_mode_max_tokens", "max"},
      {"pooling_mode_mean_tokens", "mean"},
      {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len"},
      {"pooling_mode_weightedmean_tokens", "weightedmean"},
      {"pooling_mode_lasttoken", "lasttoken"},
  };
  std::string modes;
  for (const auto& [key, mode] : switches) {
    if (!config.get_or(key, false)) continue;
    if (!modes.empty()) modes += '+';
    modes += mode;
  }
  if (modes.empty()) config.fail("pooling_mode_mean_tokens", "and all other pooling modes are off");
  return modes;
}

void read_module(const std::filesystem::path& directory, const JsonObject& module,
                 SentenceTransformer& out) {
  auto type = module.get<std::string>("type");  // "sentence_transformers.models.Pooling"
  type.erase(0, type.rfind('.') + 1);
  const auto path = module.get_or("path", "");
  if (!path.empty() && !is_plain_file_name(path)) {
    module.fail("path", "must be the plain name of a sub-directory");
  }
  if (type == "Transformer") {
    if (!path.empty())
      module.fail("path", "must be empty: the transformer stands in the directory");
  } else if (type == "Pooling") {
    const std::string name = path.empty() ? "config.json" : path + "/config.json";
    out.pooling = read_pooling(read_json_object(directory / name));
    if (!path.empty()) out.files.push_back(name);
  } else if (type == "Normalize") {
    out.normalize = true;
  } else {
    out.others.push_back(type);
  }
}

}  // namespace

std::optional<SentenceTransformer> read_sentence_transformer(
    const std::filesystem::path& directory) {
  if (!std::filesystem::exists(std::filesystem::symlink_status(directory / kModules))) {
    return std::nullopt;
  }
  SentenceTransformer out;
  // The array is wrapped, so that its elements get errors that name file and place.
  auto modules = read_json_file(directory / kModules);
  const JsonObject wrapped((directory / kModules).string(),
                           nlohmann::json{{"modules", std::move(modules)}});
  const auto list = wrapped.objects("modules");
  if (list.size() > kMaxModules) wrapped.fail("modules", "has more than 64 elements");
  out.files.push_back(kModules);
  for (const JsonObject& module : list) read_module(directory, module, out);

  if (std::filesystem::exists(std::filesystem::symlink_status(directory / kSentenceBert))) {
    const JsonObject config = read_json_object(directory / kSentenceBert);
    out.max_tokens = config.get_int_or("max_seq_length", 0, 1, kMaxTokens);
    out.lower_case = config.get_or("do_lower_case", false);
    out.files.push_back(kSentenceBert);
  }
  return out;
}

}  // namespace zerocl
