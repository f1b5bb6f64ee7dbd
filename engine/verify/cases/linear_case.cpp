#include "engine/verify/cases/linear_case.h"

namespace zerocl {

std::vector<LinearDims> linear_dims(CaseGrid grid) {
  if (grid == CaseGrid::bench) return linear_bench_dims();
  std::vector<LinearDims> dims = {
      {1, 1, 1},    {1, 8, 2},     {1, 33, 65},   {1, 199, 72},    {2, 2, 3},       {2, 65, 17},
      {3, 24, 16},  {3, 211, 200}, {4, 23, 15},   {4, 32, 64},     {5, 25, 31},     {6, 48, 33},
      {7, 31, 5},   {8, 64, 63},   {8, 72, 129},  {9, 7, 127},     {9, 17, 1025},   {15, 129, 64},
      {16, 16, 65}, {17, 1, 40},   {17, 63, 128}, {31, 127, 17},   {33, 33, 33},    {33, 200, 72},
      {65, 15, 24}, {64, 3, 2},    {65, 129, 50}, {129, 131, 100}, {72, 260, 1100},
  };
  if (grid == CaseGrid::full)
    for (const LinearDims& more :
         {LinearDims{1, 768, 768}, LinearDims{1, 2048, 512}, LinearDims{13, 1153, 385},
          LinearDims{128, 384, 1536}, LinearDims{127, 769, 767}, LinearDims{200, 512, 2048},
          LinearDims{257, 300, 3073},
          // Enough tiles for every unit of a large GPU, whose launchers else take the shape for few
          // rows.
          LinearDims{1481, 1441, 40}, LinearDims{1440, 1536, 1100}})
      dims.push_back(more);
  return dims;
}

std::vector<LinearDims> linear_bench_dims() {
  return {
      {128, 768, 768},     {128, 3072, 768},    {128, 768, 3072},    {128, 2304, 768},
      {1024, 1536, 384},   {8, 1536, 384},      {1, 2048, 512},      {1, 768, 768},
      {16, 4096, 4096},    {1, 4096, 4096},     {2048, 4096, 4096},  {4096, 4096, 4096},
      {8192, 8192, 8192},  {16384, 768, 768},   {16384, 2304, 768},  {16384, 3072, 768},
      {16384, 768, 3072},  {16384, 1024, 1024}, {16384, 3072, 1024}, {16384, 4096, 1024},
      {16384, 1024, 4096},
  };
}

double LinearCase::operations() const {
  return 2.0 * static_cast<double>(dims_.rows) * static_cast<double>(dims_.outputs) *
         static_cast<double>(dims_.inputs);
}

Buffer upload_bytes(Queue& queue, std::span<const std::byte> bytes) {
  Buffer buffer(*queue.context(), bytes.size());
  queue.write(buffer, bytes);
  return buffer;
}

}  // namespace zerocl
