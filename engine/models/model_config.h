#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/graph/graph.h"  // Activation

namespace zerocl {

enum class Family { bert, distilbert, roberta, gpt2 };
enum class HeadType { none, masked_lm, sequence_classification, causal_lm };
// How token vectors become a sentence's (sentence-transformers' 1_Pooling).
enum class Pooling { mean, cls, none };

// What config.json says of the mathematics, in this engine's terms. Every key that changes the
// mathematics is either represented here or refused by the family's reader.
struct ModelConfig {
  Family family = Family::bert;
  HeadType head = HeadType::none;
  std::string architecture;  // "BertForSequenceClassification"

  std::int64_t layers = 0;      // L
  std::int64_t hidden = 0;      // H * D
  std::int64_t heads = 0;       // H
  std::int64_t inner = 0;       // width of the feed-forward layer
  std::int64_t vocabulary = 0;  // V
  std::int64_t positions = 0;   // longest sequence, in tokens
  std::int64_t types = 0;       // token types; 0: the model has none
  // RoBERTa: positions count from pad_id + 1, and a padding id in the text stays at row pad_id.
  // -1: positions count from 0.
  std::int64_t position_pad_id = -1;
  bool tied_embeddings = true;  // the language-model head's matrix is the word table

  float eps = 0;  // of the layer norms
  Activation activation = Activation::gelu_erf;
  Activation head_activation = Activation::gelu_erf;  // masked-LM transform
  bool scale_attention = true;                        // scores divided by sqrt(D)
  bool scale_by_inverse_layer = false;  // ... and by the layer's number, from 1 (GPT-2's option)

  std::vector<std::string> labels;  // sequence classification, by index
  bool regression = false;          // one output that is a value, not a label's score

  Pooling pooling = Pooling::mean;  // for `encode`
  bool normalize = false;           // embeddings to unit length
  std::int64_t max_sentence = 0;    // sentence-transformers' max_seq_length; 0: positions

  std::int64_t head_size() const { return hidden / heads; }
  // Tokens that fit: rows of the position table that a sequence can use.
  std::int64_t max_tokens() const { return positions - (position_pad_id + 1); }
  bool causal() const { return family == Family::gpt2; }
  // Attention's c of NUMERICS.md 3.12 for a layer: log2(e) and the config's factors, rounded once.
  float attention_scale(std::int64_t layer) const;
};

const char* family_name(Family family);

}  // namespace zerocl
