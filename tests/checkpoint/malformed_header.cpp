// Structure and JSON of the header of model.safetensors.
#include "tests/checkpoint/malformed_cases.h"
#include "tests/checkpoint/tiny_model.h"

namespace zerocl::test {
namespace {

constexpr const char* kFile = "model.safetensors";

// A tensor without data that may stand in any file.
RawTensor empty_tensor(const std::string& name) {
  return {name, "\"F32\"", "[0]", "0", "0"};
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Entries are right one by one, the object that they form is not.
void add_structure_cases(CaseList& cases) {
  cases.begin("header structure", kFile);
  const RawSafetensors good = tiny_weights();
  const auto with = [&](const std::string& more) {  // text after the last entry
    const std::string header = good.header();
    const std::size_t close = header.find_last_of('}');
    return RawSafetensors::join(header.substr(0, close) + more + "}", good.data);
  };
  cases.content("a tensor twice, the same", with("," + good.tensors[0].text()));
  cases.content("a tensor twice, another type",
                with("," + RawTensor{good.tensors[0].name, "\"U8\"", "[64]", "0", "64"}.text()));
  cases.content("a tensor twice, once with an escape",
                with("," + empty_tensor("\"\\u0065mbeddings.LayerNorm.bias\"").text()));
  cases.content("__metadata__ twice", with(R"(,"__metadata__":{"a":"b"})"));
  for (const char* value : {"null", "[]", "7", "\"x\"", "true", "[[[[]]]]"}) {
    cases.content(std::string("an entry that is ") + value, with(std::string(",\"x\":") + value));
  }
  const char* entries[] = {
      R"({})",
      R"({"dtype":"F32","shape":[0]})",
      R"({"dtype":"F32","data_offsets":[0,0]})",
      R"({"shape":[0],"data_offsets":[0,0]})",
      R"({"dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0]})",
      R"({"dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[0,0],"data_offsets":[0,0]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[0,0],"extra":1})",
      R"({"Dtype":"F32","shape":[0],"data_offsets":[0,0]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[0]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[0,0,0]})",
      R"({"dtype":"F32","shape":[0],"data_offsets":null})",
      R"({"dtype":"F32","shape":[0],"data_offsets":{"0":0,"1":0}})",
      R"({"dtype":"F32","shape":[0],"data_offsets":"[0,0]"})",
      R"({"dtype":"F32","shape":[0],"data_offsets":[[0,0]]})",
  };
  for (const char* entry : entries) {
    cases.content(std::string("the entry ") + entry, with(std::string(",\"x\":") + entry));
  }
  for (const char* metadata : {"[]", "7", "null", "\"x\"", R"({"a":1})", R"({"a":null})",
                               R"({"a":["b"]})", R"({"a":{"b":"c"}})", R"({"a":"b","a":"c"})"}) {
    RawSafetensors bad = good;
    bad.metadata = metadata;
    cases.content(std::string("__metadata__ is ") + metadata, bad.bytes());
  }
  std::string bomb;
  for (int i = 0; i <= 131'072; ++i)
    bomb += "," + empty_tensor("\"t" + std::to_string(i) + "\"").text();
  cases.content("more than 131,072 tensors", with(bomb));
  cases.content("two million shape elements",
                with(",\"x\":{\"dtype\":\"F32\",\"shape\":[0" + repeated(",0", 2'000'000) +
                     "],\"data_offsets\":[0,0]}"));
}

void add_name_cases(CaseList& cases) {
  cases.begin("tensor name", kFile);
  const std::pair<std::string, const char*> names[] = {
      {"\"\"", "empty"},
      {"\"" + std::string(100'000, 'a') + "\"", "100,000 bytes long"},
      {"\"a\\u0000b\"", "an escaped NUL"},
      {"\"a\\u001b[31mb\"", "a terminal's escape sequence"},
      {"\"a\\nb\"", "an escaped line feed"},
      {std::string("\"a\0b\"", 5), "a raw NUL"},
      {"\"a\nb\"", "a raw line feed"},
      {"\"a\x80\"", "a lone continuation byte"},
      {"\"a\xff\"", "byte 0xff"},
      {"\"a\xc3\"", "a sequence cut short"},
      {"\"\xc0\xaf\"", "an overlong sequence"},
      {"\"\xe0\x80\xaf\"", "an overlong sequence of three"},
      {"\"\xed\xa0\x80\"", "a surrogate in UTF-8"},
      {"\"\xf4\x90\x80\x80\"", "past U+10FFFF"},
      {"\"\xf8\x88\x80\x80\x80\"", "five bytes"},
      {"\"\\ud800\"", "a lone high surrogate"},
      {"\"\\udc00\"", "a lone low surrogate"},
      {"\"\\ud800\\ud800\"", "two high surrogates"},
      {"\"\\x41\"", "an unknown escape"},
      {"\"\\u12\"", "an escape cut short"},
      {"'a'", "single quotes"},
      {"a", "no quotes"},
      {"7", "a number"},
      {"null", "null"},
  };
  for (const auto& [name, description] : names) {
    RawSafetensors bad = tiny_weights();
    bad.tensors.push_back(empty_tensor(name));
    cases.content(std::string("a name that is ") + description, bad.bytes());
  }
}

// What stands around the header's JSON.
void add_frame_cases(CaseList& cases) {
  cases.begin("header text", kFile);
  const RawSafetensors good = tiny_weights();
  const std::string header = good.header();
  const auto text = [&](const std::string& description, const std::string& changed) {
    cases.content(description, RawSafetensors::join(changed, good.data));
  };
  for (const char* before : {" ", "\n", "\t", "\xef\xbb\xbf", "[", "//\n", "/**/"}) {
    text(std::string("before the header: ") + before, before + header);
  }
  text("a NUL before the header", std::string(1, '\0') + header);
  for (const char* after : {"\n", "\t", "\r", " \n ", "{}", "}", "x", ",", " {\"a\":1}", "//"}) {
    text(std::string("after the header: ") + after, header + after);
  }
  text("NULs after the header", header + std::string(8, '\0'));
  text("a NUL and more after the header", header + std::string("\0{\"a\":1}", 8));
  for (const HostileText& hostile : hostile_json_texts(header)) text(hostile.name, hostile.text);
  text("closing brace missing", header.substr(0, header.find_last_of('}')));
  text("header of spaces", std::string(64, ' '));
  text("UTF-16", [&] {
    std::string wide;
    for (const char c : header) wide += {c, '\0'};
    return wide;
  }());
  cases.content("a zip file", "PK\x03\x04" + std::string(200, 'z'));
  cases.content("text", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n");
}

}  // namespace

void add_header_cases(CaseList& cases) {
  add_structure_cases(cases);
  add_name_cases(cases);
  add_frame_cases(cases);
}

}  // namespace zerocl::test
