#include "host/injection.h"

#include <gtest/gtest.h>

#include "host/source.h"

namespace zerocl {
namespace {

// The shape of common/inject.h and of kernels that use some of its points, directly or not.
const std::string program = R"(
#line 1 "common/inject.h"
#ifdef ZCL_INJECT_ELEMENT
#define ZCL_FIRST(index) ((int)((index) == 0))
#define ZCL_ELEMENT(v, index) ((v) ^ ZCL_FIRST(index))
#else
#define ZCL_ELEMENT(v, index) (v)  // ZCL_INJECT_SCALE in a comment does not count
#endif
#ifdef ZCL_INJECT_SCALE
static inline float zcl_inject_scale(float s) {
  if (s > 0.0f) { return s * 2.0f; }
  return s;
}
#define ZCL_SCALE(s) zcl_inject_scale(s)
#else
#define ZCL_SCALE(s) (s)
#endif
#define QUANTIZE(S)                          \
  static inline char zcl_quantize##S(int x) { \
    return (char)ZCL_RINT(x);                 \
  }
#if defined(ZCL_INJECT_ROUNDING)
#define ZCL_RINT(x) trunc(x)
#else
#define ZCL_RINT(x) rint(x)
#endif
QUANTIZE()
QUANTIZE(_16)
static float tree(local float* lanes) {
#ifdef ZCL_INJECT_ORDER
  return lanes[1] + lanes[0];
#else
  return lanes[0] + lanes[1];
#endif
}
constant float table[] = {1.0f, 2.0f};
struct plain_args { int n; };
#line 1 "op.cl"
kernel void element(global int* y) { y[0] = ZCL_ELEMENT(1, 0); }
kernel __attribute__((reqd_work_group_size(64, 1, 1)))
void scale(global float* y, const struct plain_args a) { y[0] = ZCL_SCALE(y[1]); }
kernel void rounding(global char* y) { if (y[1]) { y[0] = zcl_quantize_16(3); } }
kernel void order(local float* x) { x[0] = tree(x); }
kernel void none(global int* y) { y[0] = 1; }
)";

TEST(ReachesInjection, FollowsMacrosFunctionsAndConditions) {
  const std::pair<const char*, Injection> reached[] = {{"element", Injection::element},
                                                       {"scale", Injection::scale},
                                                       {"rounding", Injection::rounding},
                                                       {"order", Injection::order}};
  for (const char* kernel : {"element", "scale", "rounding", "order", "none"}) {
    for (const auto& [name, kind] : reached) {
      EXPECT_EQ(reaches_injection(program, kernel, kind), std::string(kernel) == name)
          << kernel << " " << name;
    }
  }
}

TEST(ReachesInjection, SurvivesBrokenText) {
  for (const char* text : {"", "(", "}", "{", "#endif", "#elif X", "#define", "#define X \\", "\"",
                           "kernel void f(", "f() { {", "#if\n#if\n", "##", "#define A ##"}) {
    EXPECT_FALSE(reaches_injection(text, "f", Injection::order)) << text;
  }
}

}  // namespace
}  // namespace zerocl
