#include "host/ops/tuning_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "host/error.h"
#include "host/log.h"
#include "host/program_cache.h"
#include "host/sha256.h"

namespace zerocl::ops {
namespace {

using nlohmann::ordered_json;

constexpr const char* kFormat = "zerocl tuning 1";
constexpr std::size_t kMaxBytes = 4U << 20;
constexpr std::size_t kMaxText = 256;    // characters of a name
constexpr std::size_t kMaxKernels = 64;  // of a set
constexpr int kMaxDepth = 8;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 31;  // rows, outputs, inputs, compute units

// What a file says, for a message: short, and nothing that a terminal obeys.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, kMaxText));
  for (char& c : out)
    if (c < 0x20 || c > 0x7e) c = '?';
  return out;
}

// For the parser: a table has four levels. ordered_json copies values where an object grows, by a
// recursion that a million lists in lists would take through the stack's end.
bool refuse_depth(int depth, ordered_json::parse_event_t /*event*/, const ordered_json& /*value*/) {
  if (depth > kMaxDepth) throw Error("tuning: lists or objects are nested too deep");
  return true;
}

std::string text_of(const ordered_json& object, const char* key) {
  std::string text = object.at(key).get<std::string>();
  if (text.size() > kMaxText) throw Error(fmt::format("tuning: {} is too long", key));
  return text;
}

std::int64_t count_of(const ordered_json& object, const char* key, std::int64_t low) {
  const ordered_json& value = object.at(key);
  if (!value.is_number_integer() || value < low || value > kMaxCount) {
    // Other values are not printed: a list may be megabytes.
    throw Error(
        fmt::format("tuning: {} is {}", key, value.is_number() ? value.dump() : value.type_name()));
  }
  return value.get<std::int64_t>();
}

TunedTimes times_of(const ordered_json& object) {
  TunedTimes times{
      text_of(object, "operator"),
      {count_of(object, "rows", 1), count_of(object, "outputs", 1), count_of(object, "inputs", 1)},
      {}};
  const ordered_json& kernels = object.at("us");
  if (!kernels.is_object() || kernels.size() < 2 || kernels.size() > kMaxKernels) {
    throw Error(fmt::format("tuning: us of {} is no object of 2 to {} kernels", shown(times.op),
                            kMaxKernels));
  }
  for (const auto& [kernel, value] : kernels.items()) {
    const double us = value.get<double>();
    if (!std::isfinite(us) || us <= 0 || kernel.size() > kMaxText) {
      throw Error(fmt::format("tuning: {} took {} us", shown(kernel), us));
    }
    times.microseconds[kernel] = us;
  }
  return times;
}

std::string system_text() {
  return std::generic_category().message(errno);
}

class File {
 public:
  File(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// The file's text; nothing where there is none. Throws Error where it cannot be a table.
std::optional<std::string> read_text(const std::filesystem::path& path) {
  const File file(path, O_RDONLY | O_NONBLOCK);  // a named pipe must not hang the program
  if (file.get() < 0 && errno == ENOENT) return std::nullopt;
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) throw Error(system_text());
  if (!S_ISREG(status.st_mode)) throw Error("it is no file");
  if (static_cast<std::uint64_t>(status.st_size) > kMaxBytes) throw Error("it is too large");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(system_text());
    if (count == 0) break;  // cut short meanwhile: no JSON
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

}  // namespace

std::string tuning_text(const TuningTable& table) {
  const TunedDevice& device = table.device();
  // One measurement a line: people read and compare these files.
  std::string text = fmt::format(
      "{{\"format\": {},\n \"device\": {}, \"vendor\": {}, \"driver\": {},\n"
      " \"nvidia_sm\": {}, \"compute_units\": {},\n \"measurements\": [",
      ordered_json(kFormat).dump(), ordered_json(device.name).dump(),
      ordered_json(device.vendor).dump(), ordered_json(device.driver).dump(), device.nvidia_sm,
      device.compute_units);
  const char* separator = "\n";
  for (const TunedTimes& times : table.measurements()) {
    const ordered_json line = {{"operator", times.op},
                               {"outputs", times.shape.outputs},
                               {"inputs", times.shape.inputs},
                               {"rows", times.shape.rows},
                               {"us", times.microseconds}};
    text += separator + ("  " + line.dump());
    separator = ",\n";
  }
  return text + "\n ]}\n";
}

TuningTable parse_tuning(std::string_view text) {
  try {
    const ordered_json json = ordered_json::parse(text, refuse_depth);
    if (json.at("format") != kFormat) throw Error("tuning: another format");
    TuningTable table({text_of(json, "device"), text_of(json, "vendor"), text_of(json, "driver"),
                       static_cast<int>(count_of(json, "nvidia_sm", 0)),
                       count_of(json, "compute_units", 1)});
    const ordered_json& list = json.at("measurements");
    if (!list.is_array()) throw Error("tuning: measurements is no list");
    for (const ordered_json& item : list) table.add(times_of(item));
    return table;
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("tuning: {}", shown(error.what())));
  }
}

std::filesystem::path tuning_path(const std::filesystem::path& directory,
                                  const DeviceFacts& facts) {
  const std::string key = facts.name + '\0' + facts.driver_version;
  const std::string hash = hex(sha256(std::string_view(key)));
  return directory / fmt::format("tuning-{}.json", hash.substr(0, 16));
}

std::filesystem::path tuning_directory() {
  const std::string directory = ProgramCache::environment_directory();
  if (directory == "off") {
    throw Error("the cache directory, which would keep the tuning, is off (ZEROCL_CACHE_DIR)",
                ErrorKind::usage);
  }
  return directory;
}

std::optional<TuningTable> load_tuning(const std::filesystem::path& directory,
                                       const DeviceFacts& facts) {
  const std::filesystem::path path = tuning_path(directory, facts);
  try {
    const std::optional<std::string> text = read_text(path);
    if (!text) return std::nullopt;
    TuningTable table = parse_tuning(*text);
    if (table.device() != tuned_device(facts)) throw Error("it is of another device or driver");
    return table;
  } catch (const Error& error) {
    log_warning(fmt::format("{} is not used: {}", path.string(), error.what()));
    return std::nullopt;
  }
}

void save_tuning(const std::filesystem::path& directory, const DeviceFacts& facts,
                 const TuningTable& table) {
  static std::atomic<unsigned> counter = 0;
  const ProgramCache made(directory.string());  // with its checks of who owns the directory
  if (!made.enabled()) {
    throw Error(fmt::format("{}: {}", directory.string(), made.refusal()));
  }
  const std::filesystem::path path = tuning_path(directory, facts);
  const std::filesystem::path temporary =
      directory / fmt::format(".{}.{}.{}", path.filename().string(), ::getpid(), counter++);
  const auto fail = [&](const char* what) {
    const std::string why = system_text();
    ::unlink(temporary.c_str());
    throw Error(fmt::format("{}: cannot {}: {}", path.string(), what, why));
  };
  const std::string text = tuning_text(table);
  const File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  if (file.get() < 0) fail("create");
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("write");
    done += static_cast<std::size_t>(count);
  }
  // Without the sync a crash could leave the new name with old or no contents.
  if (::fsync(file.get()) != 0) fail("sync");
  if (::rename(temporary.c_str(), path.c_str()) != 0) fail("rename");
}

}  // namespace zerocl::ops
