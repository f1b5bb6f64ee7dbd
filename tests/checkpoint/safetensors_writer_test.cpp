#include "engine/checkpoint/safetensors_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "engine/checkpoint/safetensors.h"
#include "tests/checkpoint/expect_error.h"
#include "tests/temporary_directory.h"

namespace zerocl {
namespace {

using test::expect_error;
using test::read_bytes;
using test::TemporaryDirectory;

const std::vector<TensorDeclaration> kDeclarations = {
    {"b.codes", StoredType::i8, {3, 5}}, {"b.scale", StoredType::f32, {3}},
    {"a.codes", StoredType::i8, {1}},    {"none", StoredType::f32, {0}},
    {"a.scale", StoredType::f32, {}},
};

// The bytes of a declared tensor: 1, 2, 3, ... from a start that differs by tensor.
std::vector<unsigned char> content(const TensorDeclaration& tensor) {
  std::vector<unsigned char> bytes(byte_count(tensor.type, tensor.shape).value());
  std::iota(bytes.begin(), bytes.end(),
            static_cast<unsigned char>(tensor.name[0] + tensor.name[2]));
  return bytes;
}

void write(const std::filesystem::path& path, const std::vector<TensorDeclaration>& declarations,
           std::size_t piece) {
  SafetensorsWriter writer(path, declarations, {{"format", "pt"}});
  for (const TensorDeclaration& tensor : declarations) {
    const auto bytes = content(tensor);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      writer.append(tensor.name, bytes.data() + at, std::min(piece, bytes.size() - at));
    }
  }
  writer.finish();
  EXPECT_EQ(writer.file_bytes(), std::filesystem::file_size(path));
}

TEST(SafetensorsWriter, WhatItWritesIsRead) {
  const TemporaryDirectory directory;
  write(directory / "m", kDeclarations, 4);
  const SafetensorsFile file(directory / "m");
  ASSERT_EQ(file.tensors().size(), kDeclarations.size());
  EXPECT_EQ(file.metadata(), (std::map<std::string, std::string>{{"format", "pt"}}));
  for (const TensorDeclaration& declared : kDeclarations) {
    const StoredTensor* tensor = file.find(declared.name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->type, declared.type);
    EXPECT_EQ(tensor->shape, declared.shape);
    EXPECT_EQ(tensor->offset % static_cast<unsigned>(stored_type_bytes(declared.type)), 0U);
    std::vector<unsigned char> bytes(tensor->bytes);
    file.read(*tensor, bytes.data(), 0, bytes.size());
    EXPECT_EQ(bytes, content(declared));
  }
  EXPECT_EQ(file.tensors().back().name, "b.codes");  // wide types first, then by name
}

// The layout, spelled out: a change of it would change every quantized model's bytes.
TEST(SafetensorsWriter, LayoutIsFixed) {
  const TemporaryDirectory directory;
  write(directory / "m", kDeclarations, 100);
  const std::string header = R"({"__metadata__":{"format":"pt"},)"
                             R"("a.scale":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                             R"("b.scale":{"dtype":"F32","shape":[3],"data_offsets":[4,16]},)"
                             R"("none":{"dtype":"F32","shape":[0],"data_offsets":[16,16]},)"
                             R"("a.codes":{"dtype":"I8","shape":[1],"data_offsets":[16,17]},)"
                             R"("b.codes":{"dtype":"I8","shape":[3,5],"data_offsets":[17,32]}})";
  const std::string bytes = read_bytes(directory / "m");
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  EXPECT_EQ(bytes.substr(8, header.size()), header);
  EXPECT_EQ(bytes.substr(8 + header.size(), padded - header.size()),
            std::string(padded - header.size(), ' '));
  EXPECT_EQ(static_cast<unsigned char>(bytes[0]) + 256U * static_cast<unsigned char>(bytes[1]),
            padded);
  EXPECT_EQ(bytes.size(), 8 + padded + 32);
}

TEST(SafetensorsWriter, SameTensorsGiveTheSameBytes) {
  const TemporaryDirectory directory;
  write(directory / "first", kDeclarations, 100);
  const std::string expected = read_bytes(directory / "first");
  auto declarations = kDeclarations;
  std::sort(declarations.begin(), declarations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  int order = 0;
  do {
    const auto path = directory / std::to_string(order);
    write(path, declarations, static_cast<std::size_t>(1 + order % 7));
    ASSERT_EQ(read_bytes(path), expected) << order;
    std::filesystem::remove(path);
    ++order;
  } while (std::next_permutation(declarations.begin(), declarations.end(),
                                 [](const auto& a, const auto& b) { return a.name < b.name; }));
  EXPECT_EQ(order, 120);
}

TEST(SafetensorsWriter, RefusesWhatCouldNotBeRead) {
  const TemporaryDirectory directory;
  int count = 0;
  const auto refuse = [&](const std::vector<TensorDeclaration>& declarations,
                          const std::vector<std::string>& parts) {
    const std::string name = "m" + std::to_string(count++);
    std::vector<std::string> all = parts;
    all.push_back(name);
    expect_error([&] { SafetensorsWriter(directory / name, declarations); }, all);
  };
  refuse({{"t", StoredType::f32, {1}}, {"t", StoredType::f32, {1}}}, {"\"t\" stands twice"});
  refuse({{"", StoredType::f32, {1}}}, {"empty name"});
  refuse({{"a\nb", StoredType::f32, {1}}}, {"control"});
  refuse({{"a\xff", StoredType::f32, {1}}}, {"UTF-8"});
  refuse({{"__metadata__", StoredType::f32, {1}}}, {"__metadata__"});
  refuse({{"t", StoredType::f32, {-1}}}, {"\"t\"", "[-1]"});
  refuse({{"t", StoredType::f32, {INT64_MAX, INT64_MAX}}}, {"\"t\"", "overflow"});
  refuse({{"t", StoredType::i8, {INT64_MAX}},
          {"u", StoredType::i8, {INT64_MAX}},
          {"v", StoredType::i8, {2}}},
         {"overflow"});
  refuse({{"t", StoredType::i8, {INT64_MAX}}}, {"cannot"});  // no file system holds it
  refuse({{"t", StoredType::f32, {1, 1, 1, 1, 1, 1, 1, 1, 1}}}, {"\"t\"", "dimensions"});
}

TEST(SafetensorsWriter, RefusesTooMuchTooLittleAndTheUnknown) {
  const TemporaryDirectory directory;
  SafetensorsWriter writer(directory / "m", {{"t", StoredType::i8, {4}}});
  expect_error([&] { writer.append("u", "abcd", 4); }, {"/m:", "\"u\" was not declared"});
  writer.append("t", "abc", 3);
  expect_error([&] { writer.append("t", "de", 2); }, {"/m:", "\"t\"", "4 bytes"});
  expect_error([&] { writer.append("t", "", ~0ULL); }, {"\"t\""});
  expect_error([&] { writer.finish(); }, {"/m:", "\"t\" got 3 of its 4 bytes"});
  writer.append("t", "d", 1);
  writer.finish();
  EXPECT_EQ(read_bytes(directory / "m").substr(8).substr(read_bytes(directory / "m").size() - 12),
            "abcd");
}

TEST(SafetensorsWriter, OverwritesNothing) {
  const TemporaryDirectory directory;
  test::write_bytes(directory / "m", "old");
  expect_error([&] { SafetensorsWriter(directory / "m", {}); }, {"/m: cannot create", "exists"});
  EXPECT_EQ(read_bytes(directory / "m"), "old");
  std::filesystem::create_symlink("elsewhere", directory / "link");
  expect_error([&] { SafetensorsWriter(directory / "link", {}); }, {"/link: cannot create"});
  EXPECT_FALSE(std::filesystem::exists(directory / "elsewhere"));
}

}  // namespace
}  // namespace zerocl
