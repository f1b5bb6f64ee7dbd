#include "host/ops/tuning.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine/verify/compare.h"
#include "host/error.h"
#include "host/ops/linear_wgmma.h"
#include "host/ops/tuning_file.h"
#include "host/ops/variant.h"
#include "tests/ops/family_test.h"
#include "tests/temporary_directory.h"

namespace zerocl::ops {
namespace {

// Two kernels: "wide" counts in rounds of 128 rows, "narrow" in rounds of 16 at twice the cost.
class MadeUpTiles final : public TileSet {
 public:
  explicit MadeUpTiles(std::vector<std::string> kernels = {"wide", "narrow"})
      : kernels_(std::move(kernels)) {}
  std::size_t size() const override { return kernels_.size(); }
  std::string_view kernel(std::size_t i) const override { return kernels_[i]; }
  double cost(std::size_t i, const LinearShape& shape, std::int64_t units) const override {
    const std::int64_t tile = i == 0 ? 128 : 16;
    const auto rounds = static_cast<double>(divide_up(divide_up(shape.rows, tile), units));
    return rounds * static_cast<double>(tile) * (i == 0 ? 1 : 2);
  }

 private:
  std::vector<std::string> kernels_;
};

constexpr std::size_t kWide = 0, kNarrow = 1;

DeviceFacts made_up_device(const std::string& name, int sm, std::uint32_t units) {
  DeviceFacts facts;
  facts.name = name;
  facts.vendor = "NVIDIA Corporation";
  facts.driver_version = "580.1";
  facts.is_gpu = true;
  facts.nvidia_sm_major = sm / 10;
  facts.nvidia_sm_minor = sm % 10;
  facts.compute_units = units;
  return facts;
}

TunedTimes times(std::int64_t rows, double wide, double narrow) {
  return {"linear_w8a8", {rows, 768, 768}, {{"wide", wide}, {"narrow", narrow}}};
}

TuningTable made_up_table(const DeviceFacts& facts) {
  TuningTable table(tuned_device(facts));
  table.add(times(1024, 10, 20));
  table.add(times(16, 9, 3));
  return table;
}

TEST(TuningTable, CheapestTileTakesTheFirstOfEqualCosts) {
  EXPECT_EQ(cheapest_tile(MadeUpTiles(), {16, 768, 768}, 1), kNarrow);  // 128 : 32
  EXPECT_EQ(cheapest_tile(MadeUpTiles(), {64, 768, 768}, 1), kWide);    // 128 : 128
  EXPECT_EQ(cheapest_tile(MadeUpTiles(), {4096, 768, 768}, 1), kWide);
}

TEST(TuningTable, ChoosesByTheNearestRowsAndTheGrowthOfCosts) {
  const DeviceFacts facts = made_up_device("A", 90, 1);
  TuningTable table = made_up_table(facts);
  const auto choose = [&](std::int64_t rows) {
    return table.choose("linear_w8a8", MadeUpTiles(), {rows, 768, 768}, 1);
  };
  EXPECT_EQ(choose(1024), kWide);
  EXPECT_EQ(choose(16), kNarrow);
  EXPECT_TRUE(choose(0));  // nothing to do: either
  EXPECT_EQ(choose(1 << 20), kWide);
  // From 16 rows on: wide stays 9 up to 128 rows, narrow takes 3 a round of 16.
  EXPECT_EQ(choose(32), kNarrow);
  EXPECT_EQ(choose(49), kWide);
  // A measurement against the costs' order wins.
  table.add(times(1024, 30, 20));
  EXPECT_EQ(choose(1024), kNarrow);
  ASSERT_EQ(table.measurements().size(), 2u);
  EXPECT_EQ(table.measurements()[1].microseconds.at("wide"), 30);
}

TEST(TuningTable, SaysNothingOfWhatWasNotMeasured) {
  const TuningTable table = made_up_table(made_up_device("A", 90, 1));
  const LinearShape shape{16, 768, 768};
  EXPECT_FALSE(table.choose("linear_f32", MadeUpTiles(), shape, 1));
  EXPECT_FALSE(table.choose("linear_w8a8", MadeUpTiles(), {16, 769, 768}, 1));
  EXPECT_FALSE(table.choose("linear_w8a8", MadeUpTiles(), {16, 768, 769}, 1));
  EXPECT_FALSE(table.choose("linear_w8a8", MadeUpTiles({"wide", "new"}), shape, 1));
  // A kernel that the set has no more, or not here, is passed over.
  EXPECT_EQ(table.choose("linear_w8a8", MadeUpTiles({"wide"}), shape, 1), 0u);
}

TEST(TuningTable, MeasurementsAreInOrder) {
  TuningTable table(tuned_device(made_up_device("A", 90, 1)));
  for (const std::int64_t rows : {64, 1, 512, 8}) table.add(times(rows, 1, 2));
  std::vector<std::int64_t> rows;
  for (const TunedTimes& t : table.measurements()) rows.push_back(t.shape.rows);
  EXPECT_EQ(rows, (std::vector<std::int64_t>{1, 8, 64, 512}));
}

TEST(TuningTable, NearestDeviceIsOfTheVendorThenCapabilityThenSize) {
  std::vector<TuningTable> tables;
  for (const DeviceFacts& facts :
       {made_up_device("H100", 90, 132), made_up_device("H100 PCIe", 90, 114),
        made_up_device("A100", 80, 108), made_up_device("L4", 89, 58)}) {
    tables.push_back(made_up_table(facts));
  }
  const auto nearest = [&](const DeviceFacts& facts) -> std::string {
    const TuningTable* table = nearest_table(tables, facts);
    return table == nullptr ? "none" : table->device().name;
  };
  EXPECT_EQ(nearest(made_up_device("H200", 90, 132)), "H100");
  EXPECT_EQ(nearest(made_up_device("GH200", 90, 118)), "H100 PCIe");
  EXPECT_EQ(nearest(made_up_device("A10", 86, 72)), "L4");
  EXPECT_EQ(nearest(made_up_device("A30", 80, 56)), "A100");
  EXPECT_EQ(nearest(made_up_device("B200", 100, 148)), "H100");
  DeviceFacts other = made_up_device("gfx942", 0, 304);
  other.vendor = "Advanced Micro Devices, Inc.";
  EXPECT_EQ(nearest(other), "none");
}

TEST(TuningFile, ComesBackAsItWas) {
  const test::TemporaryDirectory directory;
  DeviceFacts facts = made_up_device("A \"quoted\" name", 90, 132);
  EXPECT_FALSE(load_tuning(directory.path(), facts));
  save_tuning(directory.path(), facts, made_up_table(facts));
  const auto loaded = load_tuning(directory.path(), facts);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->device(), tuned_device(facts));
  EXPECT_EQ(tuning_text(*loaded), tuning_text(made_up_table(facts)));
  ASSERT_EQ(loaded->measurements().size(), 2u);
  EXPECT_EQ(loaded->measurements()[0].microseconds.at("narrow"), 3);

  // Another driver, another file; nothing is left beside them.
  facts.driver_version = "581.2";
  EXPECT_FALSE(load_tuning(directory.path(), facts));
  save_tuning(directory.path(), facts, made_up_table(facts));
  const std::filesystem::directory_iterator files(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(TuningFile, OfAnotherDeviceIsNotUsed) {
  const test::TemporaryDirectory directory;
  const DeviceFacts a = made_up_device("A", 90, 132), b = made_up_device("B", 90, 132);
  save_tuning(directory.path(), a, made_up_table(a));
  std::filesystem::rename(tuning_path(directory.path(), a), tuning_path(directory.path(), b));
  EXPECT_FALSE(load_tuning(directory.path(), b));
  DeviceFacts smaller = a;  // the same name and driver, other hardware
  smaller.compute_units = 66;
  save_tuning(directory.path(), a, made_up_table(a));
  EXPECT_FALSE(load_tuning(directory.path(), smaller));
}

TEST(TuningFile, WhatIsNoTableIsNotUsed) {
  const test::TemporaryDirectory directory;
  const DeviceFacts facts = made_up_device("A", 90, 132);
  const std::string good = tuning_text(made_up_table(facts));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  EXPECT_NO_THROW(parse_tuning(good));
  const std::vector<std::string> bad = {
      "",
      "{}",
      "[]",
      "null",
      good.substr(0, good.size() / 2),
      good + "x",
      std::string(1 << 16, '['),
      with("tuning 1", "tuning 2"),
      with("\"A\"", "5"),
      with("\"A\"", "\"" + std::string(300, 'A') + "\""),
      with("\"compute_units\": 132", "\"compute_units\": 0"),
      with("\"compute_units\": 132", "\"compute_units\": 1.5"),
      with("\"rows\":16", "\"rows\":0"),
      with("\"rows\":16", "\"rows\":-16"),
      with("\"rows\":16", "\"rows\":99999999999999999999"),
      with("\"rows\":16", "\"rows\":18446744073709551615"),
      with("\"rows\":16", "\"rows\":\"16\""),
      with("\"outputs\":768,", ""),
      with("\"narrow\":3.0", "\"narrow\":0"),
      with("\"narrow\":3.0", "\"narrow\":-3"),
      with("\"narrow\":3.0", "\"narrow\":1e999"),
      with("\"narrow\":3.0", "\"narrow\":null"),
      with("\"narrow\":3.0,", ""),
  };
  for (const std::string& text : bad) {
    EXPECT_THROW(parse_tuning(text), Error) << text.substr(0, 300);
    std::ofstream(tuning_path(directory.path(), facts)) << text;
    EXPECT_FALSE(load_tuning(directory.path(), facts)) << text.substr(0, 300);
  }
  const auto path = tuning_path(directory.path(), facts);
  std::ofstream(path) << std::string(5 << 20, ' ') + good;
  EXPECT_FALSE(load_tuning(directory.path(), facts));
  std::filesystem::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(load_tuning(directory.path(), facts));
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/etc/passwd", path);
  EXPECT_FALSE(load_tuning(directory.path(), facts));
  // Saving takes the place of whatever stands there.
  save_tuning(directory.path(), facts, made_up_table(facts));
  EXPECT_TRUE(load_tuning(directory.path(), facts));
}

// Messages are shown to people: no megabytes, nothing that a terminal obeys; and lists in lists
// must not exhaust the stack.
TEST(TuningFile, MessagesAreShortAndPrintable) {
  const std::string good = tuning_text(made_up_table(made_up_device("A", 90, 132)));
  const auto message_with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    try {
      parse_tuning(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  for (const std::string& message :
       {message_with("16", deep), message_with("132", deep), message_with("3.0", deep),
        message_with("\"A\"", deep), message_with("16", "\"" + std::string(1'000'000, 'x') + "\""),
        message_with("\"A\"", "\"" + std::string(1'000'000, 'x')),
        message_with("\"narrow\":3.0", "\"\\u001b[31m\":-3"),
        message_with("\"us\"", "\"operator\":\"\\u001b[31m\",\"us\":1,\"not us\"")}) {
    EXPECT_NE(message, "");
    EXPECT_LT(message.size(), 1000u);
    for (const char c : message) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << message;
  }
}

TEST(TuningFile, SavingNamesWhatFailed) {
  const DeviceFacts facts = made_up_device("A", 90, 132);
  expect_error([&] { save_tuning("/proc/none", facts, made_up_table(facts)); }, {"/proc/none"});
}

TEST(TuningFile, TheLibrarysTablesAreTables) {
  for (const std::string_view text : tuned_texts()) {
    const TuningTable table = parse_tuning(text);
    EXPECT_FALSE(table.measurements().empty()) << table.device().name;
  }
}

TEST(Tuning, ATableDecidesUntilItIsTakenBack) {
  const DeviceFacts facts = made_up_device("made-up for one test", 0, 1);
  const LinearShape shape{1024, 768, 768};
  const auto choose = [&] { return choose_tile(facts, "linear_w8a8", MadeUpTiles(), shape); };
  use_tuning(facts, std::make_shared<const TuningTable>(tuned_device(facts)));
  EXPECT_EQ(choose(), kWide);  // an empty table: costs
  TuningTable table(tuned_device(facts));
  table.add(times(1024, 30, 20));
  use_tuning(facts, std::make_shared<const TuningTable>(table));
  EXPECT_EQ(choose(), kNarrow);
  EXPECT_EQ(choose_untuned_tile(facts, "linear_w8a8", MadeUpTiles(), shape), kWide);
  use_tuning(facts, nullptr);  // the user's file: none for this device
  EXPECT_EQ(choose(), kWide);
}

TEST(Tuning, ChoicesAreSeenAndForcedOnTheirThreadAlone) {
  const DeviceFacts facts = made_up_device("made-up for another test", 0, 1);
  const LinearShape shape{1024, 768, 768};
  const auto choose = [&] { return choose_tile(facts, "linear_w8a8", MadeUpTiles(), shape); };
  TileChoices choices;
  EXPECT_FALSE(choices.last());
  EXPECT_EQ(choose_tile(facts, "linear_w8a8", MadeUpTiles({"alone"}), shape), 0u);
  EXPECT_FALSE(choices.last());  // no choice
  EXPECT_EQ(choose(), kWide);
  EXPECT_EQ(choices.last(), (TileQuestion{"linear_w8a8", {"wide", "narrow"}, shape, kWide}));
  choices.force(kNarrow);
  EXPECT_EQ(choose(), kNarrow);
  std::thread([&] { EXPECT_EQ(choose(), kWide); }).join();
  choices.force(2);  // beyond the set
  EXPECT_EQ(choose(), kWide);
  EXPECT_THROW(TileChoices(), Error);
}

// What a launcher of tensor-core tiles makes of a table, on a device that is not here.
TEST(Tuning, LaunchersOfTilesGoByTheTable) {
  const DeviceFacts facts = made_up_device("made-up with tensor cores", 90, 132);
  constexpr WgmmaTile kTiles[] = {
      {"wgmma", 128, 256, 384, 1, 1100, 4000},
      {"wgmma_few", 64, 64, 256, 2, 400, 1500},
  };
  const LinearShape shape{16384, 768, 768};
  const auto launch = [&] { return wgmma_launch("linear_w8a8", shape, kTiles, facts); };
  TuningTable table(tuned_device(facts));
  table.add({"linear_w8a8", shape, {{"wgmma", 40}, {"wgmma_few", 30}}});
  use_tuning(facts, std::make_shared<const TuningTable>(table));
  EXPECT_EQ(launch().variant, "wgmma_few");
  EXPECT_EQ(launch().local.x, 256u);
  EXPECT_EQ(launch().global.x, 256u * 2 * 132);  // more tiles than are resident
  table.add({"linear_w8a8", shape, {{"wgmma", 20}, {"wgmma_few", 30}}});
  use_tuning(facts, std::make_shared<const TuningTable>(table));
  EXPECT_EQ(launch().variant, "wgmma");
  EXPECT_EQ(launch().global.x, 384u * 132);
}

// Work-groups that keep their weights: whole sets over all outputs, and only inputs that fit.
TEST(Tuning, StillTilesComeInWholeSets) {
  const DeviceFacts facts = made_up_device("made-up with tensor cores", 90, 132);
  constexpr WgmmaTile kTiles[] = {
      {"wgmma", 128, 128, 640, 1, 600, 900},
      {"wgmma_still", 128, 128, 640, 1, 300, 300, 0, true},
  };
  const auto launch = [&](const LinearShape& shape) {
    return wgmma_launch("linear_w8a8", shape, kTiles, facts);
  };
  EXPECT_EQ(launch({16384, 3072, 768}).variant, "wgmma_still");
  EXPECT_EQ(launch({16384, 3072, 768}).global.x, 640u * 5 * 24);
  EXPECT_EQ(launch({300, 3072, 768}).global.x, 640u * 3 * 24);  // a set for each tile of rows
  EXPECT_EQ(launch({16384, 132 * 128, 1024}).global.x, 640u * 132);
  EXPECT_EQ(launch({16384, 768, 1025}).variant, "wgmma");
  EXPECT_EQ(launch({16384, 132 * 128 + 1, 768}).variant, "wgmma");
  EXPECT_EQ(launch({0, 3072, 768}).global.x, 0u);
  // What was measured on a device that does not hold a set.
  const DeviceFacts small = made_up_device("made-up and small", 90, 4);
  TuningTable table(tuned_device(small));
  table.add({"linear_w8a8", {16384, 3072, 768}, {{"wgmma", 20}, {"wgmma_still", 30}}});
  use_tuning(facts, std::make_shared<const TuningTable>(table));
  EXPECT_EQ(launch({16384, 3072, 768}).variant, "wgmma");
}

// Whether a device runs one of the variants whose launchers choose among kernels: those on Hopper's
// tensor cores, and the other GPU shapes of linear_w8a8 and of linear_f32.
bool has_tile_set(const KernelFamily& family, const DeviceFacts& facts) {
  const auto runs = [&](std::string_view name) {
    const Variant* row = find_variant(family.op, name);
    return row != nullptr && !row->refusal(facts);
  };
  const bool group = family.op == "linear_w8a8" || family.op == "linear_f32";
  return runs("wgmma") || (group && runs("group"));
}

// Whatever is chosen, the bits are the reference's.
TEST(Tuning, EveryKernelOfEverySetGivesTheSameBits) {
  Queue& queue = shared_queue();
  int sets = 0;
  for (const KernelFamily& family : kernel_families()) {
    if (family.products == nullptr) continue;
    int problems = 0, compared = 0;
    // Queries, keys and values; a product that narrows; one that widens, which GELU follows.
    for (const LinearDims& dims :
         {LinearDims{70, 384, 128}, LinearDims{33, 200, 256}, LinearDims{65, 512, 128}}) {
      for (const auto& problem : family.products(dims)) {
        ++problems;
        const std::vector<HostTensor> expected = problem->reference();
        for (const std::string& variant : family.variants()) {
          const Variant* row = find_variant(family.op, variant);
          if (row->refusal(queue.facts()) || !problem->serves(variant)) continue;
          TileChoices choices;
          problem->prepare(queue, variant);
          problem->launch(queue);
          const std::size_t kernels = choices.last() ? choices.last()->kernels.size() : 0;
          sets += kernels > 1 ? 1 : 0;
          for (std::size_t i = 0; i < kernels; ++i) {
            choices.force(i);
            problem->launch(queue);
            const std::vector<HostTensor> actual = problem->outputs(queue);
            ASSERT_EQ(actual.size(), expected.size());
            ++compared;
            for (std::size_t t = 0; t < expected.size(); ++t) {
              const auto mismatch = compare_bits(expected[t], actual[t]);
              EXPECT_FALSE(mismatch) << family.op << " " << choices.last()->kernels[i] << " "
                                     << problem->shape() << ": " << mismatch->text();
            }
          }
        }
      }
    }
    EXPECT_GT(problems, 0) << family.op << ": no product of these dimensions";
    EXPECT_TRUE(compared > 0 || !has_tile_set(family, queue.facts()))
        << family.op << ": no product was compared";
  }
  EXPECT_GE(sets, 6);  // "group" of both products, at least
}

}  // namespace
}  // namespace zerocl::ops
