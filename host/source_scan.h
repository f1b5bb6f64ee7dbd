#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// Looking at OpenCL C text line by line, as much as flattening needs and no more.

// Letters, digits and underscore.
bool is_word(char c);
// The word after '#' ("define"), and in `rest` what follows; empty when the line is no directive.
std::string_view directive(std::string_view line, std::string_view& rest);
// The name in `#include "name"`; nothing for other lines and for <...>.
std::optional<std::string> quoted_include(std::string_view line);
bool is_pragma_once(std::string_view line);
// Macros that the text defines and that end with it: not ZCL_..., not those under #ifndef.
std::vector<std::string> own_macros(std::string_view text);
// The text with every comment replaced by one space and every string by an empty one; lines stay.
std::string code_only(std::string_view text);

}  // namespace zerocl
