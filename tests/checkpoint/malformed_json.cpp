// config.json, its quantization_config, and the optional JSON files beside it.
#include "tests/checkpoint/malformed_cases.h"
#include "tests/checkpoint/tiny_model.h"
#include "tests/temporary_directory.h"

namespace zerocl::test {
namespace {

namespace fs = std::filesystem;

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// `object` with `member` in front of its members.
std::string with_member(const std::string& object, const std::string& member) {
  std::string out = object;
  return out.insert(out.find('{') + 1, member + ",");
}

// `text` with the first `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

void add_config_cases(CaseList& cases) {
  cases.begin("config", "config.json");
  const std::string good = tiny_config();
  cases.add("no config.json", [](const fs::path& dir) { fs::remove(dir / "config.json"); });
  for (std::size_t length = 0; length < good.size(); ++length) {
    cases.content("cut after " + std::to_string(length) + " bytes", good.substr(0, length));
  }
  for (const HostileText& hostile : hostile_json_texts(good))
    cases.content(hostile.name, hostile.text);
  cases.content("hidden_size twice", with_member(good, "\"hidden_size\": 16"));
  cases.content("hidden_size twice, once with an escape",
                with_member(good, "\"hidden\\u005fsize\": 16"));
  cases.content("a NUL and more at the end", good + std::string("\0{}", 3));
  cases.content("5 million values",
                with_member(good, "\"x\": [0" + repeated(",0", 5'000'000) + "]"));
  cases.add("1 GiB of holes", [](const fs::path& dir) {
    fs::resize_file(dir / "config.json", 1ULL << 30);  // sparse
  });
}

void add_config_value_cases(CaseList& cases) {
  cases.begin("config values", "config.json");
  const std::string good = tiny_config();
  const std::pair<const char*, const char*> numbers[] = {
      {"hidden_size", "16"},        {"intermediate_size", "32"}, {"max_position_embeddings", "8"},
      {"num_attention_heads", "2"}, {"num_hidden_layers", "1"},  {"type_vocab_size", "2"},
      {"vocab_size", "16"},         {"layer_norm_eps", "1e-12"},
  };
  for (const auto& [key, value] : numbers) {
    const std::string member = "\"" + std::string(key) + "\": ";
    for (const HostileValue& hostile : hostile_values()) {
      // Left out are values that can be right: other fractions for the epsilon, one layer, and
      // null, which Hugging Face's configs use for "the default".
      if (hostile.json == value || hostile.json == "null") continue;
      if (std::string(key) == "layer_norm_eps" && hostile.json[0] != '-' &&
          hostile.json[0] != '"' && hostile.json[0] != '[' && hostile.json[0] != '{' &&
          hostile.json != "true") {
        continue;
      }
      const std::string text = replaced(good, member + value, member + hostile.json);
      cases.add(
          std::string(key) + ": " + hostile.name,
          [text](const fs::path& dir) { write_bytes(dir / "config.json", text); }, true);
    }
  }
}

const char* const kModule =
    R"({"bits":8,"axis":"row_groups","groups":4,"activation":"k_groups","activation_bits":8,)"
    R"("activation_group_size":16,"output":"f32"})";

std::string quantization(const std::string& modules) {
  return R"({"quant_method":"zerocl","numerics_version":4,"scheme":"w8a8","attention":"i8","modules":)" +
         modules + "}";
}

void add_quantization_cases(CaseList& cases) {
  cases.begin("quantization_config", "config.json");
  const auto record = [&](const std::string& description, const std::string& text) {
    cases.content(description, with_member(tiny_config(), "\"quantization_config\": " + text));
  };
  const std::string module = kModule;
  const std::string good = quantization(R"({"layer.0.attention.qkv":)" + module + "}");
  for (const char* other : {"[]", "7", "\"zerocl\"", "true", "{}"}) {
    record(std::string("is ") + other, other);
  }
  record("another method", replaced(good, "\"zerocl\"", "\"gptq\""));
  record("an unknown scheme", replaced(good, "\"w8a8\"", "\"w8a9\""));
  record("an unknown attention", replaced(good, "\"i8\"", "\"i4\""));
  record("an unknown key", with_member(good, "\"extra\":1"));
  record("modules as an array", quantization("[" + module + "]"));
  for (const char* name : {"", ".", "..", "a/b", "../a", "A", "a b", "a.", ".a", "a\\u0000"}) {
    record("module name \"" + std::string(name) + "\"",
           quantization("{\"" + std::string(name) + "\":" + module + "}"));
  }
  for (const char* key :
       {"quant_method", "numerics_version", "scheme", "attention", "modules", "bits", "axis",
        "groups", "activation", "activation_bits", "activation_group_size", "output"}) {
    record(std::string(key) + " missing",
           replaced(good, "\"" + std::string(key) + "\"", "\"other\""));
  }
  const std::pair<const char*, const char*> numbers[] = {{"numerics_version", "4"},
                                                         {"bits", "8"},
                                                         {"groups", "4"},
                                                         {"activation_bits", "8"},
                                                         {"activation_group_size", "16"}};
  for (const auto& [key, value] : numbers) {
    const std::string member = "\"" + std::string(key) + "\":";
    for (const HostileValue& hostile : hostile_values()) {
      const bool right = hostile.json == "1" && std::string(key) == "groups";
      if (right) continue;
      record(std::string(key) + ": " + hostile.name,
             replaced(good, member + value, member + hostile.json));
    }
  }
  for (const char* word : {"\"row\"", "\"k_groups\"", "\"column\"", "\"\"", "7", "null", "[]"}) {
    record(std::string("axis ") + word + " beside groups",
           replaced(good, "\"axis\":\"row_groups\"", "\"axis\":" + std::string(word)));
  }
  for (const char* word : {"\"token\"", "\"none\"", "\"static\"", "7", "null"}) {
    record(std::string("activation ") + word + " beside a group size",
           replaced(good, "\"activation\":\"k_groups\"", "\"activation\":" + std::string(word)));
  }
  for (const char* size : {"8", "15", "17", "24", "131088"}) {
    record(std::string("activation_group_size ") + size,
           replaced(good, "\"activation_group_size\":16",
                    "\"activation_group_size\":" + std::string(size)));
  }
  record("an unknown output", replaced(good, "\"output\":\"f32\"", "\"output\":\"f64\""));
}

void add_optional_file_cases(CaseList& cases) {
  cases.begin("generation_config", "generation_config.json");
  for (const HostileText& hostile : hostile_json_texts("{\"eos_token_id\": 1}")) {
    cases.content(hostile.name, hostile.text);
  }

  const auto modules = [](const std::string& type, const std::string& path) {
    return R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},)"
           R"({"idx":1,"name":"1","path":)" +
           path + R"(,"type":)" + type + "}]";
  };
  const std::string pooling_type = "\"sentence_transformers.models.Pooling\"";
  cases.begin("sentence transformer", "modules.json");
  for (const char* text : {"", "{}", "7", "[7]", "[{}]", "[{\"type\":7}]", "[[]]", "[", "null"}) {
    cases.content(std::string("modules.json is ") + text, text);
  }
  for (const char* path : {"\"..\"", "\"../1_Pooling\"", "\"/etc\"", "\"a/../b\"", "\"a/b\"",
                           "\".\"", "\"a\\\\b\"", "\"a\\u0000\"", "7", "[]"}) {
    cases.content(std::string("pooling path ") + path, modules(pooling_type, path));
  }
  cases.content("65 modules", "[" + repeated(R"({"path":"","type":"x.Normalize"},)", 64) +
                                  R"({"path":"","type":"x.Normalize"}])");
  cases.content("transformer in another directory",
                R"([{"path":"0_Transformer","type":"sentence_transformers.models.Transformer"}])");

  cases.begin("sentence transformer", "1_Pooling/config.json");
  const auto pooling = [&](const std::string& description, const std::string& text) {
    cases.add(description,
              [text, list = modules(pooling_type, "\"1_Pooling\"")](const fs::path& dir) {
                write_bytes(dir / "modules.json", list);
                fs::create_directory(dir / "1_Pooling");
                write_bytes(dir / "1_Pooling" / "config.json", text);
              });
  };
  for (const HostileText& hostile : hostile_json_texts("{\"pooling_mode_mean_tokens\": true}")) {
    pooling(hostile.name, hostile.text);
  }
  pooling("no mode", "{}");
  pooling("a mode that is a number", "{\"pooling_mode_mean_tokens\": 1}");
  cases.add("missing", [list = modules(pooling_type, "\"1_Pooling\"")](const fs::path& dir) {
    write_bytes(dir / "modules.json", list);
  });

  cases.begin("sentence transformer", "sentence_bert_config.json");
  for (const HostileValue& hostile : hostile_values()) {
    if (hostile.json == "1" || hostile.json == "null") continue;  // may be right
    cases.add(
        "max_seq_length: " + hostile.name,
        [value = hostile.json, list = modules(pooling_type, "\"1_Pooling\"")](const fs::path& dir) {
          write_bytes(dir / "modules.json", list);
          fs::create_directory(dir / "1_Pooling");
          write_bytes(dir / "1_Pooling" / "config.json", "{\"pooling_mode_mean_tokens\": true}");
          write_bytes(dir / "sentence_bert_config.json", "{\"max_seq_length\": " + value + "}");
        });
  }
}

}  // namespace

std::vector<HostileText> hostile_json_texts(const std::string& good) {
  const auto with = [&](const std::string& value) { return with_member(good, "\"x\": " + value); };
  std::vector<HostileText> texts = {
      {"", "an empty text"},
      {"{", "an open brace"},
      {"[" + good + "]", "an array"},
      {"7", "a number"},
      {"\"x\"", "a string"},
      {"null", "null"},
      {"true", "true"},
      {good + good, "two objects"},
      {good + "x", "more after the object"},
      {with_member(good, "\"x\": 1,\"x\": 1"), "a key twice"},
      {with("{\"a\":1,\"a\":1}"), "a key twice, further in"},
      {with("1,"), "two commas"},
      {with("01"), "a leading zero"},
      {with("+1"), "a plus sign"},
      {with("0x10"), "a hexadecimal number"},
      {with("1e999"), "a number beyond double"},
      {with("-1e999"), "a number below double"},
      {with("NaN"), "NaN"},
      {with("Infinity"), "Infinity"},
      {with("'a'"), "single quotes"},
      {with("undefined"), "undefined"},
      {with("1 // comment\n"), "a comment"},
      {with("1 /* comment */"), "a block comment"},
      {with("\"a\nb\""), "a raw line feed in a string"},
      {with("\"\\q\""), "an unknown escape"},
      {with("\"\\ud800\""), "a lone surrogate"},
      {with("\"\xff\""), "byte 0xff in a string"},
      {with("\"\xc0\x80\""), "an overlong sequence"},
      {with("\"\xed\xa0\x80\""), "a surrogate in UTF-8"},
      {with("\"\xe2\x82\""), "a sequence cut short"},
      {with(std::string("\"\0\"", 3)), "a raw NUL in a string"},
      {with(repeated("[", 100'000) + repeated("]", 100'000)), "100,000 arrays inside one another"},
      {with(repeated("[", 5'000'000)), "5,000,000 arrays that never end"},
      {with(repeated("{\"a\":", 100'000) + "1" + repeated("}", 100'000)),
       "100,000 objects inside one another"},
      {with(repeated("[{\"a\":", 100'000)), "200,000 arrays and objects that never end"},
      {with("\"" + std::string(1'000'000, 'a')), "a string that never ends"},
      {std::string(1, '\0') + good, "a NUL first"},
      {std::string("{\0}", 3), "a NUL inside"},
  };
  return texts;
}

void add_json_cases(CaseList& cases) {
  add_config_cases(cases);
  add_config_value_cases(cases);
  add_quantization_cases(cases);
  add_optional_file_cases(cases);
}

}  // namespace zerocl::test
