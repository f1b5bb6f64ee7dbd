#pragma once

#include <string>
#include <string_view>

namespace zerocl {

// How Hopper's wgmma and setmaxnreg are reached from OpenCL C. NVIDIA's OpenCL compiler targets
// sm_90, which lacks these instructions; its assembler, reached through clCreateProgramWithBinary,
// also knows sm_90a. So a kernel hides each such instruction in a PTX comment:
//     asm volatile("//@90a wgmma.fence.sync.aligned;" ::: "memory");
// The program is built as usual, its PTX text is read back, retargeted, and built again.

// True when a kernel source uses a marker, so that it needs the second build.
bool needs_sm90a(std::string_view source);

// The PTX text for sm_90a: `.target sm_90,` becomes `.target sm_90a,`, every `//@90a ` goes, and
// what stands behind a `//@entry ` moves to its kernel's directives:
//     asm volatile("//@entry .minnctapersm 2");
// Throws Error when the text does not target sm_90 or holds no marker: the compiler changed its
// output, and a program without its wgmma would give wrong results silently.
std::string retarget_ptx_sm90a(std::string_view ptx);

}  // namespace zerocl
