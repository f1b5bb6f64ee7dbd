#include "host/ops/tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "host/error.h"
#include "host/log.h"
#include "host/ops/tuning_file.h"
#include "host/program_cache.h"

namespace zerocl::ops {
namespace {

thread_local TileChoices* choices_of_thread = nullptr;

// What a device's choices go by: what was measured on it, and what is nearest to it. Either may be
// nullptr.
struct Tables {
  std::shared_ptr<const TuningTable> own;
  const TuningTable* nearest;
};

struct Entry {
  std::string name, driver;
  Tables tables;
};

std::shared_mutex mutex;
std::vector<Entry> entries;  // few: a device each

const std::vector<TuningTable>& held_tables() {
  static const std::vector<TuningTable> tables = [] {
    std::vector<TuningTable> parsed;
    for (const std::string_view text : tuned_texts()) parsed.push_back(parse_tuning(text));
    return parsed;
  }();
  return tables;
}

std::shared_ptr<const TuningTable> read_own(const DeviceFacts& facts) {
  const std::string directory = ProgramCache::environment_directory();
  if (directory == "off") return nullptr;
  std::optional<TuningTable> table = load_tuning(directory, facts);
  if (!table) return nullptr;
  log_info(fmt::format("{}: {} measurements of its own decide between kernels", facts.name,
                       table->measurements().size()));
  return std::make_shared<const TuningTable>(std::move(*table));
}

Entry* find_entry(const DeviceFacts& facts) {
  for (Entry& entry : entries) {
    if (entry.name == facts.name && entry.driver == facts.driver_version) return &entry;
  }
  return nullptr;
}

// Made at the first question, which reads the user's file.
Tables tables_of(const DeviceFacts& facts) {
  {
    const std::shared_lock lock(mutex);
    if (const Entry* entry = find_entry(facts)) return entry->tables;
  }
  Tables made{read_own(facts), nearest_table(held_tables(), facts)};
  if (made.nearest != nullptr) {
    log_info(fmt::format("{}: measurements of {} decide where it has none of its own", facts.name,
                         made.nearest->device().name));
  }
  const std::unique_lock lock(mutex);
  if (const Entry* entry = find_entry(facts)) return entry->tables;  // another thread was quicker
  entries.push_back({facts.name, facts.driver_version, made});
  return made;
}

std::int64_t units_of(const DeviceFacts& facts) {
  return std::max<std::int64_t>(facts.compute_units, 1);
}

std::size_t choose_by(const TuningTable* table, const DeviceFacts& facts, std::string_view op,
                      const TileSet& set, const LinearShape& shape) {
  if (table != nullptr) {
    if (const auto chosen = table->choose(op, set, shape, units_of(facts))) return *chosen;
  }
  return cheapest_tile(set, shape, units_of(facts));
}

}  // namespace

std::size_t choose_untuned_tile(const DeviceFacts& facts, std::string_view op, const TileSet& set,
                                const LinearShape& shape) {
  return set.size() < 2 ? 0 : choose_by(tables_of(facts).nearest, facts, op, set, shape);
}

std::size_t choose_tile(const DeviceFacts& facts, std::string_view op, const TileSet& set,
                        const LinearShape& shape) {
  if (set.size() < 2) return 0;
  if (TileChoices* choices = choices_of_thread) {
    TileQuestion question{std::string(op), {}, shape, choose_untuned_tile(facts, op, set, shape)};
    for (std::size_t i = 0; i < set.size(); ++i) question.kernels.emplace_back(set.kernel(i));
    choices->last_ = std::move(question);
    if (choices->forced_ && *choices->forced_ < set.size()) return *choices->forced_;
  }
  const Tables tables = tables_of(facts);
  if (tables.own) {
    if (const auto chosen = tables.own->choose(op, set, shape, units_of(facts))) return *chosen;
  }
  return choose_by(tables.nearest, facts, op, set, shape);
}

void use_tuning(const DeviceFacts& facts, std::shared_ptr<const TuningTable> table) {
  if (!table) table = read_own(facts);
  tables_of(facts);  // makes the entry
  const std::unique_lock lock(mutex);
  find_entry(facts)->tables.own = std::move(table);
}

TileChoices::TileChoices() {
  if (choices_of_thread != nullptr) throw Error("choices of tiles are put down already");
  choices_of_thread = this;
}

TileChoices::~TileChoices() {
  choices_of_thread = nullptr;
}

}  // namespace zerocl::ops
