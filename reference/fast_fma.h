#pragma once

// FAST_FMA before a function compiles it twice and picks by processor: with the fma instruction,
// and without it, where std::fma is a library call some fifty times slower. The bits cannot differ:
// IEEE fixes + - * / and sqrt, std::fma is correctly rounded either way, and -ffp-contract=off
// keeps the compiler from making further ones. Only what is inlined into the function gains:
// helpers and lambdas need [[gnu::always_inline]] or must be plain loops of its own.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FAST_FMA __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FAST_FMA
#endif
