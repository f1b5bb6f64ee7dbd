#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zerocl {

// The tasks of the GLUE benchmark that `eval` knows (Wang et al. 2018, arXiv:1804.07461).
enum class GlueTask { sst2, cola, mrpc, stsb, rte };

// "sst2", ...; throws Error (usage) listing them for any other name.
GlueTask parse_glue_task(std::string_view name);
const char* glue_task_name(GlueTask task);
// The names of the classes, by their number in the data; none for STS-B, whose target is a value.
std::vector<std::string> glue_labels(GlueTask task);

struct GlueExample {
  std::string text;
  std::optional<std::string> pair;
  double target = 0;  // the class's number, or STS-B's similarity from 0 to 5
};

// Reads a data file in any of the layouts that these sets are distributed in:
//   SST-2   header "sentence label"
//   CoLA    no header: source, label, author's mark, sentence
//   MRPC    header "Quality, #1 ID, #2 ID, #1 String, #2 String", with a byte order mark
//   STS-B   no header: genre, file, year, id, score, two sentences, and perhaps sources; or GLUE's
//           header "index ... sentence1 sentence2 score"
//   RTE     GLUE's "index sentence1 sentence2 label" with names as labels, or "sentence1 sentence2
//           label idx" with numbers and with quotes as CSV writers put them
// Fields are separated by tabs; quotation marks belong to the text except in that last layout.
// `limit` > 0: the first so many examples. Throws Error naming file and line.
std::vector<GlueExample> read_glue(GlueTask task, const std::filesystem::path& path,
                                   std::int64_t limit = 0);

}  // namespace zerocl
