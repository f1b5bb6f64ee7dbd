#include "engine/eval/glue.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "host/error.h"

namespace zerocl {
namespace {

// A file with this content for the length of a test.
class DataFile {
 public:
  explicit DataFile(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "zerocl-glue-XXXXXX").string();
    close(mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~DataFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::vector<GlueExample> read(GlueTask task, const std::string& content, std::int64_t limit = 0) {
  const DataFile file(content);
  return read_glue(task, file.path(), limit);
}

std::string error_of(GlueTask task, const std::string& content) {
  try {
    read(task, content);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Glue, Sst2) {
  const auto examples = read(GlueTask::sst2, "sentence\tlabel\nit 's a \"joy\" . \t1\nbleak\t0\n");
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].text, "it 's a \"joy\" . ");
  EXPECT_EQ(examples[0].target, 1);
  EXPECT_FALSE(examples[0].pair);
  EXPECT_EQ(examples[1].target, 0);
}

TEST(Glue, ColaHasNoHeader) {
  const auto examples =
      read(GlueTask::cola, "gj04\t1\t\tThe sailors rode.\r\ngj04\t0\t*\tMe go.\r\n");
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].text, "The sailors rode.");
  EXPECT_EQ(examples[0].target, 1);
  EXPECT_EQ(examples[1].text, "Me go.");
  EXPECT_EQ(examples[1].target, 0);
}

TEST(Glue, MrpcWithByteOrderMarkAndQuotesThatBelongToTheText) {
  const auto examples = read(GlueTask::mrpc,
                             "\xef\xbb\xbfQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
                             "1\t1\t2\t\"Just so,\" he said.\t\"So.\"\n");
  ASSERT_EQ(examples.size(), 1u);
  EXPECT_EQ(examples[0].text, "\"Just so,\" he said.");
  EXPECT_EQ(examples[0].pair, "\"So.\"");
  EXPECT_EQ(examples[0].target, 1);
}

TEST(Glue, StsbWithAndWithoutHeader) {
  const auto plain = read(GlueTask::stsb,
                          "main-captions\tMSRvid\t2012test\t0001\t3.80\tA plane.\tA jet.\n"
                          "main-forum\tdeft\t2014\t1\t0\t\"Open quote.\tB.\tsource\tsource\n");
  ASSERT_EQ(plain.size(), 2u);
  EXPECT_EQ(plain[0].text, "A plane.");
  EXPECT_EQ(plain[0].pair, "A jet.");
  EXPECT_DOUBLE_EQ(plain[0].target, 3.8);
  EXPECT_EQ(plain[1].text, "\"Open quote.");
  EXPECT_EQ(plain[1].pair, "B.");
  const auto glue = read(GlueTask::stsb,
                         "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\t"
                         "sentence2\tscore\n0\tg\tf\t2012\t1\tnone\tnone\tA man.\tA boy.\t2.5\n");
  ASSERT_EQ(glue.size(), 1u);
  EXPECT_EQ(glue[0].text, "A man.");
  EXPECT_EQ(glue[0].pair, "A boy.");
  EXPECT_EQ(glue[0].target, 2.5);
}

TEST(Glue, RteOfGlueHasNamesAndNoQuoting) {
  const auto examples = read(GlueTask::rte,
                             "index\tsentence1\tsentence2\tlabel\n"
                             "0\t\"He said \"\"no\"\".\"\tHe spoke.\tentailment\n"
                             "1\tA.\tB.\tnot_entailment\n");
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(examples[0].text, "\"He said \"\"no\"\".\"");
  EXPECT_EQ(examples[0].target, 0);
  EXPECT_EQ(examples[1].target, 1);
}

TEST(Glue, RteOfACsvWriterHasNumbersAndQuoting) {
  const auto examples = read(GlueTask::rte,
                             "sentence1\tsentence2\tlabel\tidx\n"
                             "\"He said \"\"no\"\".\"\tHe spoke.\t0\t0\n"
                             "A \"b\" c.\tB.\t1\t1\n"
                             "\"Odd\" and \"even\"\tC.\t1\t2\n");
  ASSERT_EQ(examples.size(), 3u);
  EXPECT_EQ(examples[0].text, "He said \"no\".");
  EXPECT_EQ(examples[0].pair, "He spoke.");
  EXPECT_EQ(examples[1].text, "A \"b\" c.");
  EXPECT_EQ(examples[1].target, 1);
  // Quotation marks inside are not doubled: no CSV writer made this field.
  EXPECT_EQ(examples[2].text, "\"Odd\" and \"even\"");
}

TEST(Glue, LimitTakesTheFirst) {
  EXPECT_EQ(read(GlueTask::sst2, "sentence\tlabel\na\t1\nb\t0\nc\t1\n", 2).size(), 2u);
  EXPECT_EQ(read(GlueTask::sst2, "sentence\tlabel\na\t1\n", 5).size(), 1u);
}

TEST(Glue, ErrorsNameTheLine) {
  EXPECT_NE(error_of(GlueTask::sst2, "sentence\tlabel\na\t1\nb\n").find(":3: expected at least 2"),
            std::string::npos);
  EXPECT_NE(error_of(GlueTask::sst2, "sentence\tlabel\na\t2\n").find(":2: \"2\" is no label"),
            std::string::npos);
  EXPECT_NE(error_of(GlueTask::cola, "gj04\tyes\t\tText\n").find(":1: \"yes\" is no label"),
            std::string::npos);
  EXPECT_NE(error_of(GlueTask::stsb, "a\tb\tc\td\t5.1\tx\ty\n").find("\"5.1\" is no label"),
            std::string::npos);
  EXPECT_NE(error_of(GlueTask::mrpc, "1\t2\t3\ta\tb\n").find("expected a header"),
            std::string::npos);
  EXPECT_NE(
      error_of(GlueTask::rte, "sentence\tlabel\na\t1\n").find("its columns are not those of rte"),
      std::string::npos);
  EXPECT_NE(error_of(GlueTask::sst2, "").find("empty"), std::string::npos);
  EXPECT_NE(error_of(GlueTask::sst2, "sentence\tlabel\n").find("no examples"), std::string::npos);
  EXPECT_THROW(read_glue(GlueTask::sst2, "/nonexistent/file"), Error);
}

TEST(Glue, UnknownTasksAreUsageErrors) {
  EXPECT_EQ(parse_glue_task("stsb"), GlueTask::stsb);
  try {
    parse_glue_task("squad");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
}

// The sets as they are distributed, where they lie beside the project.
TEST(Glue, ReadsTheDistributedFiles) {
  const char* set = std::getenv("ZEROCL_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(set != nullptr ? set : ZEROCL_SHARED) / "eval" / "glue";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there";
  struct File {
    GlueTask task;
    const char* name;
    std::size_t examples;
    double sum;  // of the targets
  };
  for (const File& file : {File{GlueTask::sst2, "SST-2/alps_test.tsv", 872, 444},
                           File{GlueTask::cola, "CoLA/in_domain_dev.tsv", 527, 365},
                           File{GlueTask::cola, "CoLA/out_of_domain_dev.tsv", 516, 354},
                           File{GlueTask::mrpc, "MRPC/msr_paraphrase_test.txt", 1725, 1147},
                           File{GlueTask::rte, "RTE/dev.tsv", 277, 131},
                           File{GlueTask::stsb, "STS-B/sts-dev.tsv", 1500, 3545.86133}}) {
    const auto examples = read_glue(file.task, folder / file.name);
    double sum = 0;
    for (const GlueExample& example : examples) sum += example.target;
    EXPECT_EQ(examples.size(), file.examples) << file.name;
    EXPECT_NEAR(sum, file.sum, 1e-3) << file.name;
  }
}

}  // namespace
}  // namespace zerocl
