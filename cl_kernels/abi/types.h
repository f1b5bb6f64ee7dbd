// Fixed-width names for headers that OpenCL C and C++ both compile. Argument structs hold only
// 4-byte members, so that both languages lay them out alike (asserted by ABI_ASSERT_SIZE); abi_ulong
// is for tables in memory.
#pragma once

#ifdef __OPENCL_VERSION__
typedef int abi_int;
typedef uint abi_uint;
typedef float abi_float;
typedef ulong abi_ulong;
#define ABI_ASSERT_SIZE(type, bytes) typedef char type##_size_check[sizeof(struct type) == (bytes) ? 1 : -1]
#else
#include <cstdint>
using abi_int = std::int32_t;
using abi_uint = std::uint32_t;
using abi_float = float;
using abi_ulong = std::uint64_t;
#define ABI_ASSERT_SIZE(type, bytes) static_assert(sizeof(struct type) == (bytes))
#endif
