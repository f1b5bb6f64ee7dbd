#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/kernel.h"

namespace zerocl {

// A kernel function as its source text spells it.
struct KernelSignature {
  std::string name;
  // The struct of its last argument ("linear_w8a8_args"), empty where the last argument is none.
  std::string args_struct;
};

// The kernels of an OpenCL C text, in order; comments are skipped, macros are not expanded.
std::vector<KernelSignature> kernel_signatures(std::string_view text);

// The files of cl_kernels/ by name ("linear_w8a8.vnni.cl", "abi/numerics.h").
class KernelSources {
 public:
  // Those compiled into the library.
  static KernelSources embedded();
  // Those in a directory laid out like cl_kernels/, read now. Throws Error naming the file.
  static KernelSources from_directory(const std::string& directory);
  // Any texts.
  explicit KernelSources(std::map<std::string, std::string, std::less<>> files);

  // The text of a file, or nullptr.
  const std::string* find(std::string_view name) const;
  // Names of all kernel files (*.cl).
  std::vector<std::string> kernel_files() const;
  // The kernel files of one operator: linear_w8a8.cl and linear_w8a8.*.cl.
  std::vector<std::string> files_of(std::string_view op) const;
  // The file that holds a kernel: of the files named like its operator and variant, or a shorter
  // part of the variant ("group_tall" may stand in linear_w8a8.group.cl), the first that spells
  // it. Throws Error (usage) naming the operator's kernels when there is none.
  std::string file_of(const KernelId& id) const;

  // One text of these kernel files for clBuildProgram: every `#include "..."` is replaced by the
  // file, once in the whole text; a name is looked up beside the including file, then from the
  // root of cl_kernels/. `#line` keeps the real names in build logs. Macros that a .cl file
  // defines are undefined at its end, so that several files can stand in one text; not so those
  // that begin with ZCL_ (build options), nor those that the file itself asks about with #ifndef.
  // A quoted #include must not stand inside an #if that can be false.
  // Throws Error for a file or an include that does not exist.
  std::string flatten(std::span<const std::string> files) const;

 private:
  std::map<std::string, std::string, std::less<>> files_;
};

// The text without the kernels that are not among `functions`: a compiler takes seconds for some that
// nobody asked for. Lines keep their numbers. A kernel begins with a line that begins with `kernel`
// and ends with the next that is `}`, as our files have it; others are kept.
std::string only_kernels(std::string_view text, std::span<const std::string> functions);

// Kernels that do nothing but carry, as their required work-group size, the size in 4-byte words
// of each argument struct that `flattened` uses. Appended to the text they let the host ask the
// device's compiler for sizeof without a launch: PoCL accepts an argument of a wrong size.
std::string size_probes(std::string_view flattened);
// The name of the probe of one struct.
std::string size_probe_name(std::string_view args_struct);

}  // namespace zerocl
