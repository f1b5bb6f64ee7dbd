// Every number that changes bits (NUMERICS.md). OpenCL C and C++ both compile this file; it holds
// preprocessor constants alone, so that kernels and reference share numbers and never code.
// Floats are written in hexadecimal: what is written is exactly the float32 that is meant.
#pragma once

// The version that quantization_config records; a model of another version is refused.
#define NUMERICS_VERSION 4

// The one NaN that comparisons and hashes see (1.3). Functions return any NaN.
#define CANONICAL_NAN_BITS 0x7fc00000u
#define INFINITY_BITS 0x7f800000u
#define ABS_MASK 0x7fffffffu  // clears the sign; as unsigned integers, magnitudes keep their order

// Quantization, symmetric absmax (1.7).
#define QMAX 127.0f                 // codes are -127 .. 127
#define INV_QMAX 0x1.020408p-7f     // 1/127, rounded
#define QUANT_MIN_ABSMAX 0x1p-100f  // below: scale 0, codes 0 (127 / absmax must stay finite)

// Sums.
#define SUM_LANES 256     // sum256 (1.5)
#define MOMENTS_BLOCK 64  // moments64 (1.12)
#define SOFTMAX_LANES 8   // sum8 (3.13)
#define KEY_BLOCK 64      // keys per step of attention and per block of the cache (3.12)

// attention_i8 (3.12).
#define SCORE_MAGIC 0x1.8p15f          // x + it: floats are 2^-8 apart there, the unit of scores
#define SCORE_LIMIT 0x1p16f            // as far as they are
#define WEIGHT_MAGIC 0x1.8p13f         // x + it - it = x rounded to a multiple of 2^-10
#define VALUE_FACTOR_MASK 0xffffe000u  // keeps 11 significant bits, those of f16
#define GAIN_MASK 0xfffffffcu          // 22 bits: times ROUND_MAGIC exact

// The fused sum of Hopper's float tensor cores (1.11).
#define N16F25_PAIRS 16  // products of one sum
#define N16F25_BITS 25   // below the largest addend's leading bit

// l2_normalize: shorter rows are divided by this (3.16), 1e-12 rounded.
#define L2_NORMALIZE_MIN 0x1.197998p-40f

// Limits under which integer sums are exact (section 4).
#define K_LIMIT 131072       // inputs of an INT8 product: 131072 * 127 * 127 < 2^31
#define HEAD_SIZE_LIMIT 256  // 256 * 127 * 127 < 2^22: q . k beside ROUND_MAGIC is exact

// 2^f on [-1/2, 1/2] (2.1): 1 + f (C1 + f (C2 + f (C3 + f (C4 + f C5)))). Minimax fit of the
// error in units in the last place, then a search over neighbouring floats that also counts the
// roundings of the evaluation.
#define EXP2_C1 0x1.62e42p-1f
#define EXP2_C2 0x1.ebf99cp-3f
#define EXP2_C3 0x1.c6bd86p-5f
#define EXP2_C4 0x1.3cf3e2p-7f
#define EXP2_C5 0x1.59c6bp-10f
#define EXP2_MIN (-126.0f)     // below: 2^-126, the smallest normal number
#define ROUND_MAGIC 0x1.8p23f  // x + it - it = x rounded to an integer, ties to even, |x| < 2^22
#define ROUND_MAGIC_BITS 0x4b400000
#define FLOAT_BIAS 127          // of the exponent field,
#define FLOAT_FRACTION_BITS 23  // which stands above so many bits

// exp (2.2): log2(e) = LOG2E + LOG2E_LO within 2^-50; beyond the limits exp is +inf or 0.
#define LOG2E 0x1.715476p+0f
#define LOG2E_LO 0x1.4ae0cp-26f
#define EXP_MAX 89.0f
#define EXP_MIN (-104.0f)

// tanh (2.3): z + z^3 (C0 + u (C1 + u (C2 + u (C3 + u C4)))), u = z^2, below TANH_SMALL;
// 1 - 2 / (exp(2z) + 1) from there on, which is 1 from 9.01 on.
#define TANH_SMALL 0.625f
#define TANH_MAX 10.0f
#define TANH_C0 (-0x1.555534p-2f)
#define TANH_C1 0x1.11075ep-3f
#define TANH_C2 (-0x1.b842c4p-5f)
#define TANH_C3 0x1.524c4p-6f
#define TANH_C4 (-0x1.767a16p-8f)
#define TWO_LOG2E 0x1.715476p+1f

// erfc_tail (2.4): log2(erfc(z / sqrt(2)) / 2) = -1 + z (C1 + z (C2 + ...)) on [0, 6], falling on
// to ERFC_TAIL_MAX. Weighted minimax: the absolute error of gelu counts, z * tail * error.
#define ERFC_TAIL_MAX 13.0f
#define ERFC_TAIL_C1 (-0x1.26b1bep+0f)
#define ERFC_TAIL_C2 (-0x1.d5e9dep-2f)
#define ERFC_TAIL_C3 (-0x1.b461fep-5f)
#define ERFC_TAIL_C4 0x1.06447ep-7f
#define ERFC_TAIL_C5 (-0x1.89076ep-11f)
#define ERFC_TAIL_C6 0x1.05fcp-15f

// tanh_tail (2.4): log2((1 - tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2), likewise.
#define TANH_TAIL_MAX 8.25f
#define TANH_TAIL_C1 (-0x1.26a9bap+0f)
#define TANH_TAIL_C2 (-0x1.d6fefcp-2f)
#define TANH_TAIL_C3 (-0x1.9077eap-5f)
#define TANH_TAIL_C4 0x1.9abc18p-9f
#define TANH_TAIL_C5 0x1.1a1dc4p-8f
#define TANH_TAIL_C6 (-0x1.5efa78p-9f)
#define TANH_TAIL_C7 0x1.03c6dp-11f
#define TANH_TAIL_C8 (-0x1.08404p-15f)

// gelu_coarse (2.5): x times 1/2 + x (C0 + z (C1 + ... + z C5)), z = |x|, kept within 0 and 1.
// Minimax fits of the absolute error of gelu up to 3.95 (erf) and 3.81 (tanh).
#define COARSE_ERF_C0 0x1.8dbe98p-2f
#define COARSE_ERF_C1 0x1.7f785cp-5f
#define COARSE_ERF_C2 (-0x1.250a1cp-3f)
#define COARSE_ERF_C3 0x1.e1b0fcp-5f
#define COARSE_ERF_C4 (-0x1.4d0312p-7f)
#define COARSE_ERF_C5 0x1.5ab66ap-11f
#define COARSE_TANH_C0 0x1.8e85bcp-2f
#define COARSE_TANH_C1 0x1.6a8bf8p-5f
#define COARSE_TANH_C2 (-0x1.2014eap-3f)
#define COARSE_TANH_C3 0x1.d9d4cep-5f
#define COARSE_TANH_C4 (-0x1.47715p-7f)
#define COARSE_TANH_C5 0x1.54e4eap-11f

// gelu_fine (2.5): likewise with C0 .. C8; beyond the fits, which end near 4.5, Phi passes 1.
#define FINE_ERF_C0 0x1.98de98p-2f
#define FINE_ERF_C1 (-0x1.3f51bep-8f)
#define FINE_ERF_C2 (-0x1.8cebd8p-5f)
#define FINE_ERF_C3 (-0x1.f848b4p-6f)
#define FINE_ERF_C4 0x1.3c9984p-5f
#define FINE_ERF_C5 (-0x1.f20724p-7f)
#define FINE_ERF_C6 0x1.8c33dep-9f
#define FINE_ERF_C7 (-0x1.451cd6p-12f)
#define FINE_ERF_C8 0x1.b78a52p-17f
#define FINE_TANH_C0 0x1.98cb98p-2f
#define FINE_TANH_C1 (-0x1.053dd2p-8f)
#define FINE_TANH_C2 (-0x1.a4eaaap-5f)
#define FINE_TANH_C3 (-0x1.c3d6aap-6f)
#define FINE_TANH_C4 0x1.2f8718p-5f
#define FINE_TANH_C5 (-0x1.e5202cp-7f)
#define FINE_TANH_C6 0x1.8691aap-9f
#define FINE_TANH_C7 (-0x1.448542p-12f)
#define FINE_TANH_C8 0x1.bcfc52p-17f
