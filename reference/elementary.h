#pragma once

#include <span>

namespace zerocl::reference {

// The elementary functions of NUMERICS.md section 2, one float at a time: the executable form of
// that text, independent of the device functions in cl_kernels/common/elementary.h (the two share
// the constants of cl_kernels/abi/numerics.h alone). Errors are stated there and held in
// tests/reference/elementary_test.cpp. A NaN argument gives a NaN.

float exp2(float y);  // y < 127.5; below -126 it stays at 2^-126
float exp(float x);
float tanh(float x);
float erfc_tail(float z);  // erfc(z / sqrt(2)) / 2 for z in [0, ERFC_TAIL_MAX]
float tanh_tail(float z);  // (1 - tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2, z in [0, TANH_TAIL_MAX]
float gelu_erf(float x);   // x * Phi(x)
float gelu_tanh(float x);  // its tanh approximation, Hendrycks and Gimpel, arXiv 1606.08415
// Either for codes: an error of 2e-4, x = -infinity gives NaN; and for f16: 4.1e-5, likewise.
float gelu_coarse_erf(float x);
float gelu_coarse_tanh(float x);
float gelu_fine_erf(float x);
float gelu_fine_tanh(float x);
float relu(float x);   // +0 for x <= 0
float rsqrt(float v);  // 1 / sqrt(v), both rounded

// The same for every element: y[i] = f(x[i]); x and y have one length and may be the same memory.
void exp2(std::span<const float> x, std::span<float> y);
void exp(std::span<const float> x, std::span<float> y);
void tanh(std::span<const float> x, std::span<float> y);
void erfc_tail(std::span<const float> x, std::span<float> y);
void tanh_tail(std::span<const float> x, std::span<float> y);
void gelu_erf(std::span<const float> x, std::span<float> y);
void gelu_tanh(std::span<const float> x, std::span<float> y);
void gelu_coarse_erf(std::span<const float> x, std::span<float> y);
void gelu_coarse_tanh(std::span<const float> x, std::span<float> y);
void gelu_fine_erf(std::span<const float> x, std::span<float> y);
void gelu_fine_tanh(std::span<const float> x, std::span<float> y);
void relu(std::span<const float> x, std::span<float> y);
void rsqrt(std::span<const float> x, std::span<float> y);

}  // namespace zerocl::reference
