#pragma once

#include <cstdint>
#include <span>

namespace zerocl::exhaustive {

// What sweep.cl must give for each of the inputs (bit patterns), from the reference; any NaN made
// canonical. `function` is a sweep_function.
void expected(int function, std::span<const std::uint32_t> inputs,
              std::span<std::uint32_t> results);

const char* function_name(int function);
bool has_vector_forms(int function);

}  // namespace zerocl::exhaustive
