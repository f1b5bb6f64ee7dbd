#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/ops/f16_matrix.h"
#include "host/ops/variant.h"
#include "host/queue.h"
#include "host/tensor.h"

namespace zerocl::ops {

// h = x + residual, y = layer_norm(h) and y16 = f16(y), each where it is wanted (NUMERICS.md 3.20);
// x and residual f16 [M, K], gamma and beta f32 [K], y f32 [M, K]. Outputs share no memory with
// inputs. Throws Error naming the shapes.
void add_layer_norm_f16(Queue& queue, const F16Matrix& x, const F16Matrix& residual,
                        BufferView gamma, BufferView beta, float eps, const Tensor* y,
                        const F16Matrix* y16, std::string_view variant = {});
// The same of an x in f32 [M, K], which is rounded to f16 first.
void add_layer_norm_f16(Queue& queue, const Tensor& x, const F16Matrix& residual, BufferView gamma,
                        BufferView beta, float eps, const Tensor* y, const F16Matrix* y16,
                        std::string_view variant = {});

}  // namespace zerocl::ops
