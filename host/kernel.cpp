#include "host/kernel.h"

#include "host/error.h"

namespace zerocl {

namespace {

struct InjectionName {
  Injection kind;
  const char* name;
  const char* definition;
};

constexpr InjectionName injection_names[] = {
    {Injection::element, "element", "ZCL_INJECT_ELEMENT"},
    {Injection::scale, "scale", "ZCL_INJECT_SCALE"},
    {Injection::rounding, "rounding", "ZCL_INJECT_ROUNDING"},
    {Injection::order, "order", "ZCL_INJECT_ORDER"},
};

}  // namespace

const char* injection_name(Injection kind) {
  return injection_names[static_cast<std::size_t>(kind)].name;
}

const char* injection_definition(Injection kind) {
  return injection_names[static_cast<std::size_t>(kind)].definition;
}

Injection parse_injection(const std::string& name) {
  for (const InjectionName& known : injection_names) {
    if (name == known.name) return known.kind;
  }
  throw Error("unknown injection '" + name + "': element, scale, rounding or order",
              ErrorKind::usage);
}

InjectionSpec parse_injection_spec(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
    throw Error("--inject " + text + ": must be OPERATOR:KIND", ErrorKind::usage);
  return {text.substr(0, colon), parse_injection(text.substr(colon + 1))};
}

}  // namespace zerocl
