#include "host/nvidia_sm90a.h"

#include <algorithm>
#include <cstddef>

#include "host/error.h"

namespace zerocl {

namespace {

constexpr std::string_view marker = "//@90a ";
constexpr std::string_view entry_marker = "//@entry ";
constexpr std::string_view old_target = ".target sm_90,";
constexpr std::string_view new_target = ".target sm_90a,";

// Replaces every occurrence; returns how many there were.
std::size_t replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t count = 0;
  std::size_t begin = 0;
  for (std::size_t at; (at = text.find(from, begin)) != std::string::npos;
       begin = at + from.size()) {
    out.append(text, begin, at - begin).append(to);
    ++count;
  }
  out.append(text, begin);
  text = std::move(out);
  return count;
}

// Moves what stands behind `//@entry ` to the directives of the entry that holds it: between its
// parameters and its body. Returns how many there were.
std::size_t move_to_entries(std::string& text) {
  std::size_t count = 0;
  for (std::size_t at; (at = text.find(entry_marker)) != std::string::npos;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string directive =
        text.substr(at + entry_marker.size(), end - at - entry_marker.size()) + '\n';
    const std::size_t entry = text.rfind(".entry ", at);
    const std::size_t function = text.rfind(".func ", at);
    const std::size_t body = entry == std::string::npos ? entry : text.find('{', entry);
    if (body == std::string::npos || body > at ||
        (function != std::string::npos && function > entry))
      throw Error(
          "the driver's PTX has a \"//@entry\" outside of kernels: "
          "the two-stage build for wgmma does not know this driver");
    text.erase(at, end - at);
    text.insert(body, directive);
    ++count;
  }
  return count;
}

}  // namespace

bool needs_sm90a(std::string_view source) {
  return source.find(marker) != std::string_view::npos ||
         source.find(entry_marker) != std::string_view::npos;
}

std::string retarget_ptx_sm90a(std::string_view ptx) {
  std::string text(ptx);
  if (replace_all(text, old_target, new_target) != 1) {
    throw Error(
        "the driver's PTX does not target sm_90 (no single \".target sm_90,\"): "
        "the two-stage build for wgmma does not know this driver");
  }
  const std::size_t directives = move_to_entries(text);
  if (replace_all(text, marker, "") + directives == 0) {
    throw Error(
        "the driver's PTX lost the \"//@90a\" and \"//@entry\" lines: "
        "the two-stage build for wgmma does not know this driver");
  }
  return text;
}

}  // namespace zerocl
