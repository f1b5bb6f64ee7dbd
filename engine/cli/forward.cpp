#include <fmt/format.h>

#include <algorithm>

#include "engine/checkpoint/json_file.h"
#include "engine/checkpoint/json_object.h"
#include "engine/cli/commands.h"
#include "engine/cli/common_options.h"
#include "engine/cli/output.h"
#include "engine/cli/text_source.h"
#include "host/error.h"
#include "host/log.h"

namespace zerocl::cli {
namespace {

struct Options {
  ModelOptions model;
  std::string ids;
};

using IdRows = std::vector<std::vector<TokenId>>;

// A batch as the file gives it: rows of ids, perhaps padded. The engine knows no padding: the
// positions whose mask is 0 are left out here, and their output is filled in as zeros.
struct PaddedBatch {
  std::vector<TokenSequence> sequences;       // of the rows that have any token
  std::vector<std::vector<std::int64_t>> at;  // of each row: where its tokens stand
  std::int64_t width = 0;                     // longest row
};

IdRows read_rows(const JsonObject& object, const std::string& key) {
  const nlohmann::json& value = object.json().at(key);
  if (!value.is_array()) object.fail(key, "must be an array of rows");
  IdRows rows;
  for (const nlohmann::json& row : value) {
    const JsonObject wrapper(object.file(), {{key, row}});
    rows.push_back(wrapper.get<std::vector<TokenId>>(key));
  }
  return rows;
}

// An optional input of the shape of `ids`.
IdRows read_like(const JsonObject& object, const std::string& key, const IdRows& ids) {
  if (!object.has(key)) return {};
  IdRows rows = read_rows(object, key);
  const bool same = std::equal(rows.begin(), rows.end(), ids.begin(), ids.end(),
                               [](const auto& a, const auto& b) { return a.size() == b.size(); });
  if (!same) object.fail(key, "must have the shape of \"ids\"");
  return rows;
}

PaddedBatch read_batch(const std::string& path) {
  const std::string name = path == "-" ? "standard input" : path;
  const JsonObject object(name, parse_json(read_input(path), name));
  if (!object.has("ids")) object.fail("ids", "is missing");
  const IdRows ids = read_rows(object, "ids");
  const IdRows mask = read_like(object, "mask", ids), types = read_like(object, "types", ids);
  if (ids.empty()) object.fail("ids", "has no rows");
  for (const std::string& key : object.unread_keys()) {
    // "ids" was read behind the object's back.
    if (key != "ids") log_warning(fmt::format("{}: \"{}\" is not used", name, key));
  }

  PaddedBatch batch;
  for (std::size_t r = 0; r < ids.size(); ++r) {
    TokenSequence sequence;
    batch.at.emplace_back();
    for (std::size_t c = 0; c < ids[r].size(); ++c) {
      if (!mask.empty() && mask[r][c] != 0 && mask[r][c] != 1) {
        object.fail("mask", "must hold 0 and 1 only");
      }
      if (!mask.empty() && mask[r][c] == 0) continue;
      sequence.ids.push_back(ids[r][c]);
      if (!types.empty()) sequence.types.push_back(types[r][c]);
      batch.at.back().push_back(static_cast<std::int64_t>(c));
    }
    batch.width = std::max(batch.width, std::ssize(ids[r]));
    if (!sequence.ids.empty()) batch.sequences.push_back(std::move(sequence));
  }
  if (batch.sequences.empty()) object.fail("ids", "has no token that the mask leaves");
  return batch;
}

// The outputs at the places where the file has their tokens; zeros elsewhere. One row a sequence
// for a classifier.
std::string result_json(const PaddedBatch& batch, const std::vector<Matrix>& outputs,
                        bool per_token) {
  const std::int64_t cols = outputs.front().cols;
  const auto rows = std::ssize(batch.at);
  std::string text = per_token
                         ? fmt::format("{{\"shape\":[{},{},{}],\"out\":[", rows, batch.width, cols)
                         : fmt::format("{{\"shape\":[{},{}],\"out\":[", rows, cols);
  const std::vector<float> zeros(static_cast<std::size_t>(cols));
  bool first = true;
  const auto add = [&](std::span<const float> values) {
    if (!first) text += ',';
    first = false;
    append_floats(text, values, ",");
  };
  auto output = outputs.begin();
  for (const std::vector<std::int64_t>& at : batch.at) {
    std::int64_t next = 0;  // row of the output
    for (std::int64_t c = 0; c < (per_token ? batch.width : 1); ++c) {
      const bool has =
          !at.empty() &&
          (!per_token || (next < std::ssize(at) && at[static_cast<std::size_t>(next)] == c));
      add(has ? output->row(next++) : std::span<const float>(zeros));
    }
    if (!at.empty()) ++output;
  }
  return text + "]}";
}

int run_forward(const Options& options) {
  const PaddedBatch batch = read_batch(options.ids);
  Session session(options.model.open(), options.model.session);
  const std::vector<Matrix> outputs = session.forward(batch.sequences);
  const bool per_token = session.model().config().head != HeadType::sequence_classification;
  out().line(result_json(batch, outputs, per_token));
  return 0;
}

}  // namespace

void add_forward(CLI::App& program, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = add_command(
      program, "forward", "The model's raw output for given ids, to compare with another engine",
      "  zerocl forward bert --ids batch.json > out.json\n"
      "  echo '{\"ids\": [[101, 7592, 102]]}' | zerocl forward bert --ids -\n"
      "\n"
      "In:  {\"ids\": [[...]], \"mask\": [[...]], \"types\": [[...]]}, mask and types optional. "
      "Where the\n"
      "     mask is 0, the position is skipped and its output is zeros.\n"
      "Out: {\"shape\": [...], \"out\": [...]}: hidden states or logits, row-major.");
  options->model.declare(*command);
  command->add_option("--ids", options->ids, "JSON file with the ids; - is standard input")
      ->required()
      ->type_name("FILE");
  command->callback([&run, options] { run = [options] { return run_forward(*options); }; });
}

}  // namespace zerocl::cli
