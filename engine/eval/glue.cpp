#include "engine/eval/glue.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/checkpoint/file.h"
#include "engine/checkpoint/printable.h"
#include "engine/eval/text_lines.h"
#include "host/error.h"

namespace zerocl {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1ULL << 30;

struct TaskName {
  GlueTask task;
  const char* name;
};
constexpr std::array<TaskName, 5> kTasks = {{{GlueTask::sst2, "sst2"},
                                             {GlueTask::cola, "cola"},
                                             {GlueTask::mrpc, "mrpc"},
                                             {GlueTask::stsb, "stsb"},
                                             {GlueTask::rte, "rte"}}};

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// Which column holds what.
struct Layout {
  std::size_t text = 0, pair = kNone, target = 0;
  bool header = false;
  bool quoted = false;  // fields as a CSV writer puts them
};

// Where a header names the columns; nothing where the first line is none.
std::optional<Layout> header_layout(std::string_view first_line) {
  const auto columns = split(first_line, '\t');
  const auto column = [&](std::initializer_list<std::string_view> names) {
    const auto at = std::find_first_of(columns.begin(), columns.end(), names.begin(), names.end());
    return at == columns.end() ? kNone : static_cast<std::size_t>(at - columns.begin());
  };
  Layout layout;
  layout.text = column({"sentence", "sentence1", "#1 String"});
  layout.pair = column({"sentence2", "#2 String"});
  layout.target = column({"label", "score", "Quality"});
  if (layout.text == kNone || layout.target == kNone) return std::nullopt;
  layout.header = true;
  layout.quoted = column({"idx"}) != kNone;
  return layout;
}

Layout find_layout(GlueTask task, const std::string& first_line, const std::string& file) {
  if (const auto layout = header_layout(first_line)) {
    const bool pairs = task != GlueTask::sst2 && task != GlueTask::cola;
    if (pairs != (layout->pair != kNone)) {
      throw Error(file + ": its columns are not those of " + glue_task_name(task));
    }
    return *layout;
  }
  if (task == GlueTask::cola) return {.text = 3, .target = 1};
  if (task == GlueTask::stsb) return {.text = 5, .pair = 6, .target = 4};
  throw Error(file + ":1: expected a header that names the columns of " +
              std::string(glue_task_name(task)) + ", found \"" + printable(first_line) + "\"");
}

// A field as Python's and pandas' CSV writers put it: in quotation marks where it contains one,
// which is then doubled. Text that merely begins and ends with quotation marks is not that.
std::string unquote(std::string_view field) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::string(field);
  std::string out;
  for (std::string_view rest = field.substr(1, field.size() - 2); !rest.empty();) {
    const bool quote = rest.front() == '"';
    if (quote && !rest.starts_with("\"\"")) return std::string(field);
    out += rest.front();
    rest.remove_prefix(quote ? 2 : 1);
  }
  return out;
}

std::optional<double> parse_number(std::string_view field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_target(GlueTask task, std::string_view field) {
  const std::vector<std::string> labels = glue_labels(task);
  const auto named = std::find(labels.begin(), labels.end(), field);
  if (named != labels.end()) return static_cast<double>(named - labels.begin());
  const auto value = parse_number(field);
  if (!value) return std::nullopt;
  const bool fits = labels.empty() ? *value >= 0 && *value <= 5 : *value == 0 || *value == 1;
  return fits ? value : std::nullopt;
}

GlueExample parse_example(GlueTask task, const Layout& layout, std::string_view line,
                          const std::string& where) {
  const auto fields = split(line, '\t');
  const std::size_t last =
      std::max({layout.text, layout.target, layout.pair == kNone ? 0 : layout.pair});
  if (fields.size() <= last) {
    throw Error(where + ": expected at least " + std::to_string(last + 1) +
                " columns separated by tabs, found " + std::to_string(fields.size()));
  }
  const auto text = [&](std::size_t column) {
    return layout.quoted ? unquote(fields[column]) : std::string(fields[column]);
  };
  GlueExample example;
  example.text = text(layout.text);
  if (layout.pair != kNone) example.pair = text(layout.pair);
  const auto target = parse_target(task, fields[layout.target]);
  if (!target) {
    throw Error(where + ": \"" + printable(fields[layout.target]) + "\" is no label of " +
                glue_task_name(task));
  }
  example.target = *target;
  return example;
}

}  // namespace

GlueTask parse_glue_task(std::string_view name) {
  std::string known;
  for (const TaskName& task : kTasks) {
    if (name == task.name) return task.task;
    known += std::string(known.empty() ? "" : ", ") + task.name;
  }
  throw Error("unknown task \"" + printable(name) + "\"; known: " + known, ErrorKind::usage);
}

const char* glue_task_name(GlueTask task) {
  for (const TaskName& known : kTasks) {
    if (known.task == task) return known.name;
  }
  return "?";
}

std::vector<std::string> glue_labels(GlueTask task) {
  switch (task) {
    case GlueTask::sst2:
      return {"negative", "positive"};
    case GlueTask::cola:
      return {"unacceptable", "acceptable"};
    case GlueTask::mrpc:
      return {"not_equivalent", "equivalent"};
    case GlueTask::rte:
      return {"entailment", "not_entailment"};
    case GlueTask::stsb:
      break;
  }
  return {};
}

std::vector<GlueExample> read_glue(GlueTask task, const std::filesystem::path& path,
                                   std::int64_t limit) {
  const std::string file = printable(path.string());
  const auto lines = split_lines(read_whole_file(path, kMaxFileBytes));
  if (lines.empty()) throw Error(file + ": no examples: the file is empty");
  const Layout layout = find_layout(task, lines.front(), file);
  std::vector<GlueExample> examples;
  for (std::size_t i = layout.header ? 1 : 0; i < lines.size(); ++i) {
    if (limit > 0 && std::ssize(examples) == limit) break;
    if (lines[i].empty()) continue;
    examples.push_back(parse_example(task, layout, lines[i], file + ":" + std::to_string(i + 1)));
  }
  if (examples.empty()) throw Error(file + ": no examples");
  return examples;
}

}  // namespace zerocl
