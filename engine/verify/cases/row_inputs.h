#pragma once

#include <cstdint>
#include <vector>

#include "reference/matrix.h"

namespace zerocl {

// What the rows of an input hold. Every matrix is made from its seed alone, again and again alike,
// so that cases keep no inputs in memory.
enum class Fill {
  random,   // bell-shaped around 0, as activations are, with rows of different magnitudes
  special,  // row m takes kind m of the list that rules 1.3 to 1.7 of NUMERICS.md ask for
};
// How many kinds of special rows there are: ordinary ones first and last, so that a poisoned row
// between them shows whether it reaches its neighbours.
std::int64_t special_row_kinds();

reference::MatrixF make_matrix(std::uint64_t seed, std::int64_t rows, std::int64_t cols, Fill fill);
// Like gamma and beta of a trained norm: around `center`, none special.
std::vector<float> make_vector(std::uint64_t seed, std::int64_t count, float center);
// Integers in [0, bound).
std::vector<std::int32_t> make_indices(std::uint64_t seed, std::int64_t count, std::int32_t bound);
// Codes in [-127, 127], both ends included often, with ordinary and special scales (0, NaN, tiny).
reference::Quantized make_quantized(std::uint64_t seed, std::int64_t rows, std::int64_t cols,
                                    std::int64_t group, Fill fill);

}  // namespace zerocl
