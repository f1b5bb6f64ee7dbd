#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/eval/glue.h"
#include "engine/session/session.h"

namespace zerocl {

struct EvalOptions {
  GlueTask task = GlueTask::sst2;
  std::filesystem::path data;
  std::int64_t limit = 0;                // first N examples; 0: all
  std::int64_t max_batch_tokens = 4096;  // per forward pass
  Session* baseline = nullptr;           // STS-B: compare a sentence encoder's embeddings with its
};

struct EvalReport {
  // The metrics that the literature gives for the task, the first one foremost: "accuracy" (SST-2,
  // RTE), "mcc" and "accuracy" (CoLA), "f1" and "accuracy" (MRPC), "spearman" and "pearson"
  // (STS-B); with a baseline also "mean_cosine": of its and the model's embeddings of a sentence,
  // over all distinct sentences of the data.
  std::vector<std::pair<std::string, double>> metrics;
  std::int64_t examples = 0;
};

// Runs the examples of a data file through a model: a classifier with the task's classes (by their
// names where it has them, else by number), for STS-B a regression head or, for a sentence encoder,
// the cosine of the two embeddings. `progress(done, total)` in examples; returning false cancels
// (Error). Throws Error (usage) where the model has no head for the task, and where a baseline is
// given that gives no vectors of the same length to compare with.
EvalReport evaluate(Session& session, const EvalOptions& options,
                    const std::function<bool(std::int64_t, std::int64_t)>& progress = {});

}  // namespace zerocl
