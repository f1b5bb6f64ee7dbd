#include "tests/reference/truth.h"

#ifdef ZEROCL_HAVE_MPFR
#include <mpfr.h>
#else
#include <cmath>
#endif

namespace zerocl::reference::truth {

#ifdef ZEROCL_HAVE_MPFR
namespace {

class Number {
 public:
  explicit Number(long double x) {
    mpfr_init2(value_, 128);
    mpfr_set_ld(value_, x, MPFR_RNDN);
  }
  ~Number() { mpfr_clear(value_); }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;
  mpfr_t& get() { return value_; }
  long double rounded() const { return mpfr_get_ld(value_, MPFR_RNDN); }

 private:
  mpfr_t value_;
};

template <class Function>
long double apply(Function function, long double x) {
  Number n(x);
  function(n.get(), n.get(), MPFR_RNDN);
  return n.rounded();
}

}  // namespace

long double exp2(long double x) {
  return apply(mpfr_exp2, x);
}
long double exp(long double x) {
  return apply(mpfr_exp, x);
}
long double tanh(long double x) {
  return apply(mpfr_tanh, x);
}

long double erfc_tail(long double z) {
  Number x(z), root(2);
  mpfr_sqrt(root.get(), root.get(), MPFR_RNDN);
  mpfr_div(x.get(), x.get(), root.get(), MPFR_RNDN);
  mpfr_erfc(x.get(), x.get(), MPFR_RNDN);
  mpfr_div_2ui(x.get(), x.get(), 1, MPFR_RNDN);
  return x.rounded();
}

long double tanh_tail(long double z) {
  // (1 - tanh u) / 2 = 1 / (1 + exp(2u)), without the cancellation.
  Number x(z), u(z), c(0);
  mpfr_pow_ui(u.get(), u.get(), 3, MPFR_RNDN);
  mpfr_set_str(c.get(), "0.044715", 10, MPFR_RNDN);
  mpfr_fma(u.get(), u.get(), c.get(), x.get(), MPFR_RNDN);
  mpfr_const_pi(c.get(), MPFR_RNDN);
  mpfr_ui_div(c.get(), 8, c.get(), MPFR_RNDN);  // (2 sqrt(2/pi))^2
  mpfr_sqrt(c.get(), c.get(), MPFR_RNDN);
  mpfr_mul(u.get(), u.get(), c.get(), MPFR_RNDN);
  mpfr_exp(u.get(), u.get(), MPFR_RNDN);
  mpfr_add_ui(u.get(), u.get(), 1, MPFR_RNDN);
  mpfr_ui_div(u.get(), 1, u.get(), MPFR_RNDN);
  return u.rounded();
}

const char* source() {
  return "MPFR, 128 bits";
}

#else

long double exp2(long double x) {
  return std::exp2(x);
}
long double exp(long double x) {
  return std::exp(x);
}
long double tanh(long double x) {
  return std::tanh(x);
}
long double erfc_tail(long double z) {
  return std::erfc(z / std::sqrt(2.0L)) / 2;
}
long double tanh_tail(long double z) {
  const long double pi = 3.141592653589793238462643383279502884L;
  return 1 / (1 + std::exp(2 * std::sqrt(2 / pi) * (z + 0.044715L * z * z * z)));
}

const char* source() {
  return "the C library's long double";
}

#endif

}  // namespace zerocl::reference::truth
