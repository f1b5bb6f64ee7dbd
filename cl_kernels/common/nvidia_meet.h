// Work-groups of NVIDIA's GPUs that wait for each other, from compute capability 8.0 on, and what
// they find the largest magnitude of a row with (PTX ISA: ld, st, atom, red, shfl, max).
#pragma once

// What other work-groups wrote; never from this unit's cache.
static inline uint nvidia_load_shared_word(global const uint* p) {
  uint v;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
  return v;
}
// The same; what was written before what it reads of a counter is seen after it, too.
static inline uint nvidia_acquire_shared_word(global const uint* p) {
  uint v;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
  return v;
}
// What others will load with nvidia_load_shared_word.
static inline void nvidia_store_shared_word(global uint* p, const uint v) {
  asm volatile("st.relaxed.gpu.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}
// The counter's value, which is one more for the next. An increment that could wrap: sums of a warp
// ptxas would gather, and wait for.
static inline uint nvidia_next(global uint* counter) {
  uint v;
  asm volatile("atom.relaxed.gpu.global.inc.u32 %0, [%1], 0x7fffffff;"
               : "=r"(v)
               : "l"(counter)
               : "memory");
  return v;
}
// Counts polls of words that others will store; a launch that waits for minutes is stopped by a
// trap.
static inline void nvidia_poll(uint* polls) {
  if (++*polls == 0x10000000u) asm volatile("trap;");
}
// One item arrives at a counter, for all that a barrier has joined with it.
static inline void nvidia_arrive(global uint* counter) {
  asm volatile("red.add.release.gpu.global.u32 [%0], 1;" ::"l"(counter) : "memory");
}
// One item waits until `arrivals` have, modulo 2^32; a barrier passes on what it has seen. All that
// arrive must be resident. A launch that waits for minutes is stopped by a trap, which the host
// sees as a failed launch.
//
// Polls are relaxed, since each acquired word empties the unit's cache; the last load acquires.
static inline void nvidia_await(global uint* counter, const uint arrivals) {
  uint polls = 0;
  while ((int)(nvidia_load_shared_word(counter) - arrivals) < 0) nvidia_poll(&polls);
  nvidia_acquire_shared_word(counter);
}
static inline void nvidia_meet(global uint* counter, const uint arrivals) {
  nvidia_arrive(counter);
  nvidia_await(counter, arrivals);
}

// The largest of four neighbouring items.
static inline uint nvidia_quad_max(uint v) {
  uint other;
  asm volatile("shfl.sync.bfly.b32 %0, %1, 1, 31, 0xffffffff;" : "=r"(other) : "r"(v));
  v = max(v, other);
  asm volatile("shfl.sync.bfly.b32 %0, %1, 2, 31, 0xffffffff;" : "=r"(other) : "r"(v));
  return max(v, other);
}

// The larger of a and |v|; NaN if either is.
static inline float nvidia_max_magnitude(const float a, const float v) {
  float larger;
  asm("{.reg .f32 magnitude; abs.f32 magnitude, %2; max.NaN.f32 %0, %1, magnitude;}"
      : "=f"(larger)
      : "f"(a), "f"(v));
  return larger;
}

// The unit's clock.
static inline uint nvidia_clock() {
  uint clock;
  asm volatile("mov.u32 %0, %%clock;" : "=r"(clock) : : "memory");
  return clock;
}
