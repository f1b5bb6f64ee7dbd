#pragma once

namespace zerocl::reference::truth {

// The mathematical functions that NUMERICS.md section 2 approximates, to at least 60 bits: computed
// with MPFR (128 bits) where it was found, else with the C library's long double functions.
long double exp2(long double x);
long double exp(long double x);
long double tanh(long double x);
long double erfc_tail(long double z);  // erfc(z / sqrt(2)) / 2
long double tanh_tail(long double z);  // (1 - tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2

// What the values above were computed with: for the tests' output.
const char* source();

}  // namespace zerocl::reference::truth
