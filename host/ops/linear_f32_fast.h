#pragma once

#include "host/ops/linear_f32.h"

namespace zerocl::ops {

// The family of packed weights that linear_f32_fast reads.
inline constexpr std::string_view kLinearF32FastFamily = "rows";

// Whether this build has CLBlast, which linear_f32_fast calls.
bool linear_f32_fast_available();

// y f32 [M, N] = x f32 [M, K] times w, plus bias, by CLBlast: sums in CLBlast's order, so the bits
// are not defined and may differ from device to device (NUMERICS.md 3.6). w has family "rows".
// Its time does not appear in a Queue's profile but for the kernel that writes the bias.
// Throws Error naming the shapes, without CLBlast (usage), and for every error of CLBlast.
void linear_f32_fast(Queue& queue, const Tensor& x, const LinearF32Weight& w, const Tensor& y);

}  // namespace zerocl::ops
