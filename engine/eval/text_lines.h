#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// The lines of a text without their ends ("\n" or "\r\n"). A byte order mark at the start is
// dropped; a last line may lack its end, and an end with nothing after it starts no further line.
std::vector<std::string> split_lines(std::string_view text);

// The pieces between separators; always at least one.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace zerocl
