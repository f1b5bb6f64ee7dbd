#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/device.h"
#include "host/kernel.h"
#include "host/opencl.h"

namespace zerocl {

class KernelSources;
class ProgramCache;

struct ContextOptions {
  // Refuse (Error, no_device) a device that exact_mode_refusal() or the canary refuses. Without it
  // the refusal is logged as a warning and kept in Context::refusal().
  bool require_exact = true;
  // Directory of the program cache instead of the environment's (program_cache.h); "off": none.
  std::optional<std::string> cache_dir;
  // Read kernel sources from this directory instead of the embedded ones ($ZEROCL_KERNEL_DIR).
  std::optional<std::string> kernel_dir;
};

// One device with its OpenCL context and its built programs. Shared by every session on that
// device; all members may be called from any thread. Holds no queue: each session has a Queue.
class Context {
 public:
  // A context of our own. Its facts say what canary.h asks NVIDIA's devices: attention's weights
  // and, on Hopper, whether the second build works. Throws Error (no_device: refused device;
  // failure: OpenCL error).
  static std::shared_ptr<Context> create(const Device& device, const ContextOptions& options = {});
  // A context that the caller made and keeps using; both objects are retained.
  static std::shared_ptr<Context> adopt(cl_context context, cl_device_id device,
                                        const ContextOptions& options = {});
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Device& device() const { return device_; }
  const DeviceFacts& facts() const { return device_.facts; }
  cl_context handle() const { return context_.get(); }
  // Why this device is not exact, when ContextOptions::require_exact let it pass.
  const std::optional<std::string>& refusal() const { return refusal_; }

  // Builds ONE program that holds all these kernels and registers them: a build costs 0.7 s on
  // PoCL however small it is. Kernels already registered are left alone. An operator with an
  // injection is built apart. Throws Error with operators, device and the build log.
  void build(std::span<const KernelId> kernels);
  void build(std::initializer_list<KernelId> kernels) {
    build(std::span<const KernelId>(kernels.begin(), kernels.size()));
  }

  // A new kernel object, the caller's own. Builds a program for it alone when it is not
  // registered. Throws Error (usage) when there is no such operator or variant.
  Kernel kernel(const KernelId& id);

  // Makes later builds of this operator's kernels (all variants) use -DZCL_INJECT_<KIND>, and
  // forgets those built so far. Call before the first launch of a Queue. Throws Error (usage) for
  // an unknown operator, or one of whose kernels none has such an injection.
  void inject(const std::string& op, Injection kind);

  // Whether this kernel's code changes under such an injection. A variant may lack what another
  // has (an integer sum has no order). Throws Error (usage) when there is no such kernel.
  bool has_injection(const KernelId& id, Injection kind) const;

 private:
  struct BuiltProgram;  // a program, and what a launch needs to know of its kernels

  Context(Device device, ContextHandle context, const ContextOptions& options);
  static std::shared_ptr<Context> start(Device device, ContextHandle context,
                                        const ContextOptions& options);
  // One program of these kernels, registered. The caller holds mutex_.
  void build_one(const std::vector<KernelId>& kernels, const std::optional<Injection>& injection);
  std::optional<Injection> injection_of(const std::string& op) const;
  Kernel make_kernel(const KernelId& id, const BuiltProgram& program) const;
  std::size_t probed_size(const std::string& args_struct, const BuiltProgram& program) const;

  Device device_;  // its facts are complete before the context is handed out
  const ContextHandle context_;
  const std::unique_ptr<const KernelSources> sources_;
  const std::unique_ptr<const ProgramCache> cache_;
  std::optional<std::string> refusal_;  // set before the context is handed out

  std::mutex mutex_;  // guards what follows; held while building, so that nothing is built twice
  std::unordered_map<KernelId, std::shared_ptr<const BuiltProgram>> registered_;
  std::map<std::string, Injection> injections_;
};

}  // namespace zerocl
