#include "host/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "host/error.h"

namespace zerocl {

namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// "0: NVIDIA H200 (NVIDIA CUDA)", one line each.
std::string listing(std::span<const DeviceFacts> devices, std::span<const std::size_t> chosen) {
  std::string text;
  for (const std::size_t i : chosen) {
    text += fmt::format("\n  {}: {} ({})", i, devices[i].name, devices[i].platform_name);
  }
  return text;
}

std::string listing(std::span<const DeviceFacts> devices) {
  std::vector<std::size_t> all(devices.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return listing(devices, all);
}

// GPUs before CPUs before anything else; within a class the raw speed decides. Compute units
// times clock compares devices of one maker well and of several makers roughly: enough for a
// default that `--device` overrides.
std::pair<int, std::uint64_t> rank(const DeviceFacts& facts) {
  const int type = facts.is_gpu ? 2 : facts.is_cpu ? 1 : 0;
  return {type, std::uint64_t{facts.compute_units} * facts.clock_mhz};
}

std::size_t choose_fastest(std::span<const DeviceFacts> devices) {
  std::optional<std::size_t> best;
  std::string refusals;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (const auto refusal = exact_mode_refusal(devices[i])) {
      refusals += fmt::format("\n  {}: {}: {}", i, devices[i].name, *refusal);
    } else if (!best || rank(devices[i]) > rank(devices[*best])) {
      best = i;
    }
  }
  if (!best) {
    throw Error("no OpenCL device can run in exact mode:" + refusals, ErrorKind::no_device);
  }
  return *best;
}

std::size_t choose_index(std::span<const DeviceFacts> devices, const std::string& spec) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(spec.data(), spec.data() + spec.size(), index);
  if (error != std::errc() || end != spec.data() + spec.size() || index >= devices.size()) {
    throw Error(fmt::format("there is no device {}; devices:{}", spec, listing(devices)),
                ErrorKind::usage);
  }
  return index;
}

std::size_t choose_name(std::span<const DeviceFacts> devices, const std::string& spec) {
  const std::string wanted = lower(spec);
  std::vector<std::size_t> parts;  // names that contain it
  std::vector<std::size_t> whole;  // names that are it
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const std::string name = lower(devices[i].name);
    if (name.find(wanted) != std::string::npos) parts.push_back(i);
    if (name == wanted) whole.push_back(i);
  }
  if (whole.size() == 1) return whole.front();
  if (parts.size() == 1) return parts.front();
  if (parts.empty()) {
    throw Error(fmt::format("no device is named like '{}'; devices:{}", spec, listing(devices)),
                ErrorKind::usage);
  }
  throw Error(fmt::format("'{}' fits several devices; name one by its index:{}", spec,
                          listing(devices, parts)),
              ErrorKind::usage);
}

}  // namespace

bool DeviceFacts::has_extension(std::string_view extension) const {
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::size_t choose_device(std::span<const DeviceFacts> devices, const std::string& spec) {
  if (spec.empty()) return choose_fastest(devices);
  const bool digits =
      std::all_of(spec.begin(), spec.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? choose_index(devices, spec) : choose_name(devices, spec);
}

Device select_device(const std::string& spec) {
  std::vector<Device> devices = list_devices();
  std::vector<DeviceFacts> facts;
  facts.reserve(devices.size());
  for (const Device& device : devices) facts.push_back(device.facts);
  return devices[choose_device(facts, spec)];
}

std::optional<std::string> exact_mode_refusal(const DeviceFacts& facts) {
  if (!facts.compiler_available) return "it has no OpenCL C compiler";
  if (facts.opencl_c_version.starts_with("OpenCL C 1.0") ||
      facts.opencl_c_version.starts_with("OpenCL C 1.1")) {
    return "its compiler is older than OpenCL C 1.2";
  }
  std::string missing;
  const auto need = [&missing](bool present, const char* what) {
    if (!present) missing += (missing.empty() ? "" : ", ") + std::string(what);
  };
  need(facts.fp32.round_to_nearest, "rounding to nearest");
  need(facts.fp32.inf_nan, "infinities and NaN");
  need(facts.fp32.denorm, "denormal numbers");
  need(facts.fp32.fma, "fused multiply-add");
  need(facts.fp32.correctly_rounded_divide_sqrt, "correctly rounded division and square root");
  if (missing.empty()) return std::nullopt;
  return "its float32 arithmetic lacks " + missing;
}

}  // namespace zerocl
