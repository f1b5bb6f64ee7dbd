#include "host/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "cl_kernels/kernel_sources.h"
#include "host/error.h"
#include "host/source_scan.h"

namespace zerocl {

namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw Error(fmt::format("cannot read kernel source {}", path.string()));
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// Writes one program text; lives for one flatten().
class Flattener {
 public:
  explicit Flattener(const KernelSources& sources) : sources_(sources) {}

  void add(const std::string& name, const std::string& included_from) {
    if (!done_.insert(name).second) return;
    const std::string* text = sources_.find(name);
    if (text == nullptr) {
      throw Error(included_from.empty() ? fmt::format("kernel file {} does not exist", name)
                                        : fmt::format("{}: included file \"{}\" does not exist",
                                                      included_from, name));
    }
    out_ += fmt::format("#line 1 \"{}\"\n", name);
    int number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      add_line(rest.substr(0, end), name, ++number);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (name.ends_with(".cl")) undefine_macros_of(*text);
  }

  std::string take() { return std::move(out_); }

 private:
  void add_line(std::string_view line, const std::string& file, int number) {
    if (const auto included = quoted_include(line)) {
      add(resolve(*included, file), fmt::format("{}:{}", file, number));
      out_ += fmt::format("#line {} \"{}\"\n", number + 1, file);
    } else if (is_pragma_once(line)) {
      out_ += '\n';  // already done, and a warning in a program's main text
    } else {
      out_ += line;
      out_ += '\n';
    }
  }

  std::string resolve(const std::string& included, const std::string& file) const {
    namespace fs = std::filesystem;
    std::string beside = (fs::path(file).parent_path() / included).lexically_normal().string();
    if (sources_.find(beside) != nullptr) return beside;
    const std::string rooted = fs::path(included).lexically_normal().string();
    constexpr std::string_view root = "cl_kernels/";
    return rooted.starts_with(root) ? rooted.substr(root.size()) : rooted;
  }

  void undefine_macros_of(std::string_view text) {
    for (const std::string& macro : own_macros(text)) out_ += fmt::format("#undef {}\n", macro);
  }

  const KernelSources& sources_;
  std::set<std::string> done_;
  std::string out_;
};

}  // namespace

KernelSources::KernelSources(std::map<std::string, std::string, std::less<>> files)
    : files_(std::move(files)) {}

KernelSources KernelSources::embedded() {
  std::map<std::string, std::string, std::less<>> files;
  for (const KernelSource& source : kernel_sources()) {
    files.emplace(source.name, source.text);
  }
  return KernelSources(std::move(files));
}

KernelSources KernelSources::from_directory(const std::string& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string, std::less<>> files;
  const auto add_folder = [&](const std::string& folder, const std::string& extension) {
    const fs::path path = fs::path(directory) / folder;
    std::error_code error;
    for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      if (it->path().extension() != extension) continue;
      files.emplace((fs::path(folder) / it->path().filename()).string(), read_text(it->path()));
    }
    if (error) {
      throw Error(
          fmt::format("cannot list kernel directory {}: {}", path.string(), error.message()),
          ErrorKind::usage);
    }
  };
  add_folder("", ".cl");
  add_folder("abi", ".h");
  add_folder("common", ".h");
  return KernelSources(std::move(files));
}

const std::string* KernelSources::find(std::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : &found->second;
}

std::vector<std::string> KernelSources::kernel_files() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : files_) {
    if (name.ends_with(".cl")) names.push_back(name);
  }
  return names;
}

std::vector<std::string> KernelSources::files_of(std::string_view op) const {
  std::vector<std::string> names = kernel_files();
  std::erase_if(names, [&](const std::string& name) {
    return !name.starts_with(op) || name.size() <= op.size() || name[op.size()] != '.';
  });
  return names;
}

std::string KernelSources::file_of(const KernelId& id) const {
  const std::string function = id.function();
  const auto spells = [&](const std::string& file) {
    const std::string* text = find(file);
    if (text == nullptr) return false;
    const std::vector<KernelSignature> kernels = kernel_signatures(*text);
    return std::any_of(kernels.begin(), kernels.end(),
                       [&](const KernelSignature& kernel) { return kernel.name == function; });
  };
  for (std::string part = id.variant; !part.empty();) {
    if (std::string file = id.op + "." + part + ".cl"; spells(file)) return file;
    const std::size_t cut = part.rfind('_');
    part.resize(cut == std::string::npos ? 0 : cut);
  }
  if (std::string file = id.op + ".cl"; spells(file)) return file;

  std::vector<std::string> known;
  for (const std::string& file : files_of(id.op)) {
    for (const KernelSignature& kernel : kernel_signatures(*find(file))) {
      known.push_back(kernel.name);
    }
  }
  throw Error(known.empty() ? fmt::format("there is no operator '{}'", id.op)
                            : fmt::format("operator {} has no kernel '{}'; it has: {}", id.op,
                                          function, joined(known)),
              ErrorKind::usage);
}

std::string KernelSources::flatten(std::span<const std::string> files) const {
  Flattener flattener(*this);
  for (const std::string& file : files) flattener.add(file, "");
  return flattener.take();
}

std::string only_kernels(std::string_view text, std::span<const std::string> functions) {
  std::string out;
  std::string kernel;  // the lines of the one that is being read
  bool inside = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    inside = inside || (line.starts_with("kernel") && line.size() > 6 && !is_word(line[6]));
    std::string& target = inside ? kernel : out;
    target += line;
    target += '\n';
    if (!inside || line != "}") continue;
    inside = false;
    const std::vector<KernelSignature> found = kernel_signatures(kernel);
    const bool wanted = found.size() != 1 || std::find(functions.begin(), functions.end(),
                                                       found.front().name) != functions.end();
    out += wanted ? kernel
                  : std::string(static_cast<std::size_t>(std::ranges::count(kernel, '\n')), '\n');
    kernel.clear();
  }
  return out + kernel;
}

std::string size_probe_name(std::string_view args_struct) {
  return fmt::format("zcl_sizeof_{}", args_struct);
}

std::string size_probes(std::string_view flattened) {
  std::set<std::string> structs;
  for (const KernelSignature& kernel : kernel_signatures(flattened)) {
    if (!kernel.args_struct.empty()) structs.insert(kernel.args_struct);
  }
  std::string text = "#line 1 \"size_probes\"\n";
  for (const std::string& name : structs) {
    text += fmt::format(
        "kernel __attribute__((reqd_work_group_size((uint)(sizeof(struct {}) / 4), 1, 1)))\n"
        "void {}(void) {{}}\n",
        name, size_probe_name(name));
  }
  return text;
}

}  // namespace zerocl
