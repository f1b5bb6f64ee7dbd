#include "tests/checkpoint/malformed_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <map>
#include <set>

#include "engine/checkpoint/model_dir.h"
#include "host/error.h"
#include "tests/temporary_directory.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

// Everything that the engine reads of a directory, the tensors' data included.
void read_everything(const fs::path& directory) {
  const ModelDir model(directory);
  const Checkpoint checkpoint = model.checkpoint();
  for (const std::string& name : checkpoint.names()) {
    checkpoint.read_f32(name, checkpoint.find(name)->shape);
  }
}

// The control: were the tiny model itself refused, every test below would pass for nothing.
TEST(MalformedFiles, TheModelThatTheyAreMadeFromIsRight) {
  const TemporaryDirectory directory;
  write_tiny_model(directory.path());
  EXPECT_NO_THROW(read_everything(directory.path()));
  const ModelDir model(directory.path());
  EXPECT_EQ(model.checkpoint().names().size(), tiny_weights().tensors.size());
}

TEST(MalformedFiles, CasesAreManyAndDiffer) {
  std::map<std::string, int> groups;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < malformed_case_count(); ++i) {
    const MalformedCase about = malformed_case(i);
    ++groups[about.group];
    EXPECT_TRUE(seen.insert(about.group + "/" + about.file + "/" + about.description).second)
        << about.group << ": " << about.description;
  }
  EXPECT_GE(malformed_case_count(), 200U);
  for (const auto& [group, count] : groups) RecordProperty(group, count);
}

// Peak memory of this process so far, bytes.
std::int64_t peak_memory() {
  struct rusage usage {};
  EXPECT_EQ(::getrusage(RUSAGE_SELF, &usage), 0);
  return usage.ru_maxrss * 1024;
}

// Sanitizers multiply memory: nothing can be measured under them.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kMemoryIsReal = false;
#elif defined(__has_feature)
constexpr bool kMemoryIsReal = !__has_feature(address_sanitizer);
#else
constexpr bool kMemoryIsReal = true;
#endif

TEST(MalformedFiles, EachIsRefusedByAnErrorThatNamesTheFile) {
  int refused = 0;
  ASSERT_GT(malformed_case_count(),
            0U);  // makes the list, so that its own memory is counted before
  const std::int64_t before = peak_memory();
  for (std::size_t i = 0; i < malformed_case_count(); ++i) {
    if (malformed_case(i).needs_family) continue;
    const TemporaryDirectory parent;
    const fs::path directory = parent / "model";
    const MalformedCase about = write_malformed_case(i, directory);
    const std::string label =
        "case " + std::to_string(i) + ", " + about.group + ": " + about.description;
    try {
      read_everything(directory);
      ADD_FAILURE() << label << " was accepted";
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_NE(message.find((directory / about.file).string()), std::string::npos)
          << label << "\n  message: " << message;
      EXPECT_LT(message.size(), 1000U) << label;
      for (const char c : message) {
        ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20) << label << "\n  message: " << message;
      }
      ++refused;
    } catch (const std::exception& error) {
      ADD_FAILURE() << label << " ended in another exception: " << error.what();
    }
  }
  // No file is larger than 18 MB on the disk; none may make the reader take memory by its claims.
  const std::int64_t grown = peak_memory() - before;
  if (kMemoryIsReal) {
    EXPECT_LT(grown, 300 << 20);
  }
  RecordProperty("refused", refused);
  RecordProperty("peak_memory_growth_mib", static_cast<int>(grown >> 20));
}

// Values in config.json that only a family's reader can judge must at least do no harm here.
TEST(MalformedFiles, ConfigValuesDoNoHarm) {
  int cases = 0;
  for (std::size_t i = 0; i < malformed_case_count(); ++i) {
    if (!malformed_case(i).needs_family) continue;
    const TemporaryDirectory parent;
    write_malformed_case(i, parent / "model");
    EXPECT_NO_THROW(read_everything(parent / "model")) << malformed_case(i).description;
    ++cases;
  }
  EXPECT_GT(cases, 100);
}

}  // namespace
}  // namespace zerocl::test
