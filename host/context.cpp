#include "host/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "host/canary.h"
#include "host/cl_error.h"
#include "host/injection.h"
#include "host/log.h"
#include "host/nvidia_sm90a.h"
#include "host/program.h"
#include "host/program_cache.h"
#include "host/source.h"

namespace zerocl {

// Argument struct of each kernel of the program, by function name; empty names are not kept.
struct Context::BuiltProgram {
  ProgramHandle program;
  std::map<std::string, std::string> args_struct;
  bool has_size_probes = false;
};

namespace {

// Drivers report asynchronous failures here, in a thread of theirs.
void CL_CALLBACK on_driver_message(const char* message, const void*, std::size_t, void*) {
  try {
    std::string text = message == nullptr ? "" : message;
    while (text.ends_with('\n')) text.pop_back();
    log_warning("OpenCL driver: " + text);
  } catch (...) {
    // An exception must not pass through the driver's C code; a lost message may.
  }
}

KernelSources load_sources(const ContextOptions& options) {
  std::string directory = options.kernel_dir.value_or("");
  if (!options.kernel_dir) {
    const char* value = std::getenv("ZEROCL_KERNEL_DIR");
    if (value != nullptr) directory = value;
  }
  if (directory.empty()) return KernelSources::embedded();
  log_info(fmt::format("kernel sources are read from {}", directory));
  return KernelSources::from_directory(directory);
}

bool asks_for_vnni(const std::string& file) {
  return file.ends_with(".vnni.cl");
}

std::string names_of(std::span<const KernelId> kernels) {
  std::string text;
  for (const KernelId& id : kernels) text += (text.empty() ? "" : ", ") + id.function();
  return text;
}

}  // namespace

Context::Context(Device device, ContextHandle context, const ContextOptions& options)
    : device_(std::move(device)),
      context_(std::move(context)),
      sources_(std::make_unique<const KernelSources>(load_sources(options))),
      cache_(std::make_unique<const ProgramCache>(
          cache_binaries(device_.facts)
              ? options.cache_dir.value_or(ProgramCache::environment_directory())
              : "off")) {}

Context::~Context() = default;

std::shared_ptr<Context> Context::start(Device device, ContextHandle handle,
                                        const ContextOptions& options) {
  std::shared_ptr<Context> context(new Context(std::move(device), std::move(handle), options));
  std::optional<std::string> refusal = exact_mode_refusal(context->facts());
  if (!refusal) {
    if (auto failed = run_canary(context)) refusal = "its arithmetic fails the check: " + *failed;
  }
  if (refusal) {
    const std::string message =
        fmt::format("device {} cannot run in exact mode: {}", context->facts().name, *refusal);
    if (options.require_exact) throw Error(message, ErrorKind::no_device);
    log_warning(message);
    context->refusal_ = std::move(refusal);
  }
  if (context->facts().nvidia_sm() >= 80 && context->facts().weights_refusal.empty()) {
    if (auto failed = run_canary_weights(context)) {
      log_warning(fmt::format("{}: attention_i8's kernels for NVIDIA's GPUs are not used: {}",
                              context->facts().name, *failed));
      context->device_.facts.weights_refusal = std::move(*failed);
    }
  }
  if (!context->facts().may_build_sm90a()) return context;
  // Kernels for sm_90a are refused where a small one fails; the device's others go on.
  if (auto failed = run_canary_sm90a(context)) {
    log_warning(fmt::format("{}: kernels for sm_90a (wgmma) are not used: {}",
                            context->facts().name, *failed));
    context->device_.facts.sm90a_refusal = std::move(*failed);
  }
  return context;
}

std::shared_ptr<Context> Context::create(const Device& device, const ContextOptions& options) {
  // Refused by its own account: say so before the driver is asked for anything.
  if (const auto refusal = exact_mode_refusal(device.facts); refusal && options.require_exact) {
    throw Error(fmt::format("device {} cannot run in exact mode: {}", device.facts.name, *refusal),
                ErrorKind::no_device);
  }
  const cl_context_properties properties[] = {
      CL_CONTEXT_PLATFORM, reinterpret_cast<cl_context_properties>(device.platform), 0};
  cl_int status = CL_SUCCESS;
  ContextHandle context(
      clCreateContext(properties, 1, &device.id, on_driver_message, nullptr, &status));
  check_status("clCreateContext", status, device.facts.name);
  std::shared_ptr<Context> started = start(device, std::move(context), options);
  // A failed launch may have spoiled the context for all that follows: make a fresh one, which
  // does not try again.
  const DeviceFacts& found = started->facts();
  if ((device.facts.may_build_sm90a() && !found.may_build_sm90a()) ||
      device.facts.weights_refusal != found.weights_refusal)
    return create(Device(started->device()), options);
  return started;
}

std::shared_ptr<Context> Context::adopt(cl_context context, cl_device_id device,
                                        const ContextOptions& options) {
  check_status("clRetainContext", clRetainContext(context), "a caller's context");
  ContextHandle handle(context);
  std::size_t bytes = 0;
  check_status("clGetContextInfo",
               clGetContextInfo(context, CL_CONTEXT_DEVICES, 0, nullptr, &bytes),
               "devices of a caller's context");
  // NOLINTNEXTLINE(bugprone-sizeof-expression): OpenCL's handles are pointers
  std::vector<cl_device_id> devices(bytes / sizeof(cl_device_id));
  check_status("clGetContextInfo",
               clGetContextInfo(context, CL_CONTEXT_DEVICES, bytes, devices.data(), nullptr),
               "devices of a caller's context");
  if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
    throw Error("the caller's device does not belong to the caller's context", ErrorKind::usage);
  }
  cl_platform_id platform = nullptr;
  check_status("clGetDeviceInfo(CL_DEVICE_PLATFORM)",
               clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr),
               "a caller's device");
  return start({platform, device, query_device_facts(platform, device)}, std::move(handle),
               options);
}

std::optional<Injection> Context::injection_of(const std::string& op) const {
  const auto found = injections_.find(op);
  if (found == injections_.end()) return std::nullopt;
  return found->second;
}

void Context::build(std::span<const KernelId> kernels) {
  const std::lock_guard lock(mutex_);
  std::vector<KernelId> together;
  std::map<std::string, std::vector<KernelId>> injected;  // apart: the macro is the program's
  std::set<KernelId> seen;
  for (const KernelId& id : kernels) {
    if (registered_.contains(id) || !seen.insert(id).second) continue;
    (injection_of(id.op) ? injected[id.op] : together).push_back(id);
  }
  if (!together.empty()) build_one(together, std::nullopt);
  for (const auto& [op, ids] : injected) build_one(ids, injection_of(op));
}

void Context::build_one(const std::vector<KernelId>& kernels,
                        const std::optional<Injection>& injection) {
  std::vector<std::string> files;
  bool vnni = false;
  for (const KernelId& id : kernels) {
    std::string file = sources_->file_of(id);
    vnni = vnni || asks_for_vnni(file);
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  // Sorted, so that the order of the request does not decide whether the cache has it.
  std::sort(files.begin(), files.end());
  ProgramRequest request;
  request.what = names_of(kernels);
  std::vector<std::string> functions;
  for (const KernelId& id : kernels) functions.push_back(id.function());
  request.source = only_kernels(sources_->flatten(files), functions);
  request.options = build_options(facts(), vnni, injection);
  request.sm90a = needs_sm90a(request.source);
  const auto refuse = [&](const std::string& why) {
    throw Error(fmt::format("kernels {} on {}: {}", request.what, facts().name, why),
                ErrorKind::usage);
  };
  // Both would abort or fail far from here: LLVM inside PoCL, or the driver's assembler.
  if (vnni && !facts().has_vnni()) refuse("needs PoCL on a processor with AVX512-VNNI");
  if (request.sm90a && facts().nvidia_sm() != 90) refuse("needs an NVIDIA device of sm_90");
  if (request.sm90a && !facts().may_build_sm90a()) refuse(facts().sm90a_refusal);

  auto built = std::make_shared<BuiltProgram>();
  for (KernelSignature& kernel : kernel_signatures(request.source)) {
    if (!kernel.args_struct.empty()) {
      built->args_struct.emplace(std::move(kernel.name), std::move(kernel.args_struct));
    }
  }
  // NVIDIA's driver checks argument sizes itself.
  built->has_size_probes = !facts().is_nvidia();
  if (built->has_size_probes) request.source += size_probes(request.source);
  built->program = build_program(context_.get(), device_, request, cache_.get());
  for (const KernelId& id : kernels) registered_[id] = built;
}

Kernel Context::kernel(const KernelId& id) {
  std::shared_ptr<const BuiltProgram> program;
  {
    const std::lock_guard lock(mutex_);
    if (!registered_.contains(id)) build_one({id}, injection_of(id.op));
    program = registered_.at(id);
  }
  return make_kernel(id, *program);
}

Kernel Context::make_kernel(const KernelId& id, const BuiltProgram& program) const {
  const std::string name = id.function();
  const std::string detail = fmt::format("kernel {} on {}", name, facts().name);
  cl_int status = CL_SUCCESS;
  Kernel kernel;
  kernel.id = id;
  kernel.handle = KernelHandle(clCreateKernel(program.program.get(), name.c_str(), &status));
  check_status("clCreateKernel", status, detail);
  check_status("clGetKernelInfo(CL_KERNEL_NUM_ARGS)",
               clGetKernelInfo(kernel.handle.get(), CL_KERNEL_NUM_ARGS, sizeof kernel.arg_count,
                               &kernel.arg_count, nullptr),
               detail);
  check_status("clGetKernelWorkGroupInfo(CL_KERNEL_WORK_GROUP_SIZE)",
               clGetKernelWorkGroupInfo(kernel.handle.get(), device_.id, CL_KERNEL_WORK_GROUP_SIZE,
                                        sizeof kernel.max_work_group_size,
                                        &kernel.max_work_group_size, nullptr),
               detail);
  // NVIDIA's driver says 256 of a kernel that asks for more and can have it.
  std::size_t asked[3] = {0, 0, 0};
  check_status(
      "clGetKernelWorkGroupInfo(CL_KERNEL_COMPILE_WORK_GROUP_SIZE)",
      clGetKernelWorkGroupInfo(kernel.handle.get(), device_.id, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
                               sizeof asked, asked, nullptr),
      detail);
  kernel.max_work_group_size = std::max(kernel.max_work_group_size, asked[0] * asked[1] * asked[2]);
  const auto args_struct = program.args_struct.find(name);
  if (program.has_size_probes && args_struct != program.args_struct.end()) {
    kernel.args_bytes = probed_size(args_struct->second, program);
  }
  return kernel;
}

// sizeof(struct) as the device's compiler put it into the probe's required work-group size.
std::size_t Context::probed_size(const std::string& args_struct,
                                 const BuiltProgram& program) const {
  const std::string name = size_probe_name(args_struct);
  cl_int status = CL_SUCCESS;
  const KernelHandle probe(clCreateKernel(program.program.get(), name.c_str(), &status));
  check_status("clCreateKernel", status, fmt::format("{} on {}", name, facts().name));
  std::size_t size[3] = {};
  check_status("clGetKernelWorkGroupInfo(CL_KERNEL_COMPILE_WORK_GROUP_SIZE)",
               clGetKernelWorkGroupInfo(probe.get(), device_.id, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
                                        sizeof size, size, nullptr),
               fmt::format("{} on {}", name, facts().name));
  return 4 * size[0];
}

void Context::inject(const std::string& op, Injection kind) {
  const std::vector<std::string> files = sources_->files_of(op);
  if (files.empty()) throw Error(fmt::format("there is no operator '{}'", op), ErrorKind::usage);
  const bool possible = std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    const std::string text = sources_->flatten({{file}});
    const std::vector<KernelSignature> kernels = kernel_signatures(text);
    return std::any_of(kernels.begin(), kernels.end(), [&](const KernelSignature& kernel) {
      return reaches_injection(text, kernel.name, kind);
    });
  });
  if (!possible) {
    throw Error(fmt::format("operator {} has no injection '{}'", op, injection_name(kind)),
                ErrorKind::usage);
  }
  const std::lock_guard lock(mutex_);
  injections_[op] = kind;
  std::erase_if(registered_, [&](const auto& entry) { return entry.first.op == op; });
}

bool Context::has_injection(const KernelId& id, Injection kind) const {
  return reaches_injection(sources_->flatten({{sources_->file_of(id)}}), id.function(), kind);
}

}  // namespace zerocl
