#include "host/ops/embedding.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "engine/verify/cases/row_case.h"
#include "engine/verify/cases/row_inputs.h"
#include "reference/embedding.h"
#include "tests/ops/family_test.h"

namespace zerocl {

KernelFamily embedding_family();

TEST(Embedding, DeviceHasTheBitsOfTheReference) {
  check_family(embedding_family());
}

TEST(Embedding, ReferenceAddsWordThenTypeThenPosition) {
  // 2^24 + 1 rounds to 2^24, so another order of the three terms gives another sum.
  reference::MatrixF word(2, 1), type(1, 1);
  word << 5.0f, 0x1p24f;
  type << 1.0f;
  reference::EmbeddingTable position;
  position.codes = reference::MatrixI8(1, 1);
  position.codes << -127;
  position.scales = reference::MatrixF(1, 1);
  position.scales << 0x1p17f + 1.0f;
  const std::array<std::int32_t, 2> ids = {1, 0}, zeros = {0, 0};
  const reference::EmbeddingTable words{word, {}, {}}, types{type, {}, {}};
  const reference::MatrixF y =
      reference::embedding({ids, words}, reference::EmbeddingInput{zeros, types},
                           reference::EmbeddingInput{zeros, position});
  const float term = -127.0f * (0x1p17f + 1.0f);
  EXPECT_EQ(y(0, 0), (0x1p24f + 1.0f) + term);
  EXPECT_EQ(y(1, 0), (5.0f + 1.0f) + term);
  EXPECT_NE(y(0, 0), 0x1p24f + (1.0f + term));
}

// Each term and each sum of float32 is the correctly rounded one: double holds them well enough
// that rounding twice is rounding once.
TEST(Embedding, ReferenceRoundsEachStepOnce) {
  const reference::EmbeddingTable word{make_matrix(1, 9, 33, Fill::random), {}, {}};
  const reference::EmbeddingTable type{make_matrix(2, 2, 33, Fill::random), {}, {}};
  const std::vector<std::int32_t> ids = make_indices(3, 20, 9), types = make_indices(4, 20, 2);
  const reference::MatrixF y =
      reference::embedding({ids, word}, reference::EmbeddingInput{types, type}, std::nullopt);
  for (reference::Index m = 0; m < 20; ++m)
    for (reference::Index k = 0; k < 33; ++k)
      EXPECT_EQ(y(m, k),
                static_cast<float>(double{word.values(ids[static_cast<std::size_t>(m)], k)} +
                                   double{type.values(types[static_cast<std::size_t>(m)], k)}));
}

TEST(Embedding, RefusesWrongShapes) {
  Queue& queue = shared_queue();
  const DeviceF32 word = allocate_f32(queue, 7, 5), y = allocate_f32(queue, 3, 5);
  const DeviceF32 narrow = allocate_f32(queue, 7, 4);
  const Buffer ids = allocate_i32(queue, 3), few = allocate_i32(queue, 2);
  const ops::EmbeddingTable table{word.tensor, {}};
  const auto call = [&](BufferView id, const ops::EmbeddingTable& from,
                        const std::optional<ops::EmbeddingInput>& position) {
    return [&queue, id, from, position, &y] {
      ops::embedding(queue, id, from, std::nullopt, position, y.tensor);
    };
  };
  expect_error(call(few, table, {}), {"embedding", "ids", "8 bytes", "3 elements"});
  expect_error(call(ids, {narrow.tensor, {}}, {}), {"embedding", "word", "[7, 4]", "5]"});
  expect_error(call(ids, table, ops::EmbeddingInput{few, table}), {"embedding", "positions"});
  const ops::EmbeddingTable without_scales{Tensor(word.buffer, DType::i8, 7, 5), {}};
  expect_error(call(ids, without_scales, {}), {"embedding", "scales of word"});
}

}  // namespace zerocl
