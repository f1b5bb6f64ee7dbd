#include "host/source.h"

#include <gtest/gtest.h>

#include "host/error.h"
#include "host/source_scan.h"
#include "tests/host/temporary_directory.h"

namespace zerocl {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

std::string failure(const KernelSources& sources, const std::vector<std::string>& files) {
  try {
    return "no error: " + sources.flatten(files);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Flatten, IncludesEachFileOnceAndNamesTheLines) {
  const KernelSources sources(Files{
      {"abi/types.h", "#pragma once\ntypedef int abi_int;\n"},
      {"common/sum.h", "#include \"abi/types.h\"\nint sum(abi_int a);\n"},
      {"op.cl",
       "// op\n#include \"common/sum.h\"\n  #  include \"abi/types.h\"\nkernel void op() {}"},
  });
  EXPECT_EQ(sources.flatten(std::vector<std::string>{"op.cl"}),
            "#line 1 \"op.cl\"\n// op\n"
            "#line 1 \"common/sum.h\"\n"
            "#line 1 \"abi/types.h\"\n\ntypedef int abi_int;\n"
            "#line 2 \"common/sum.h\"\nint sum(abi_int a);\n"
            "#line 3 \"op.cl\"\n"
            "#line 4 \"op.cl\"\nkernel void op() {}\n");
}

TEST(Flatten, LooksBesideTheFileThenFromTheRoot) {
  const KernelSources sources(Files{
      {"abi/a.h", "#include \"b.h\"\n"},
      {"abi/b.h", "B\n"},
      {"op.cl", "#include \"cl_kernels/abi/a.h\"\n#include \"./abi/../abi/b.h\"\n"},
  });
  const std::string text = sources.flatten(std::vector<std::string>{"op.cl"});
  EXPECT_EQ(text.find("\nB\n"), text.rfind("\nB\n"));
  EXPECT_NE(text.find("#line 1 \"abi/b.h\"\nB\n"), std::string::npos) << text;
}

TEST(Flatten, SystemIncludesStay) {
  const KernelSources sources(
      Files{{"op.cl", "#ifndef __OPENCL_VERSION__\n#include <cstdint>\n#endif\n"}});
  EXPECT_NE(sources.flatten(std::vector<std::string>{"op.cl"}).find("#include <cstdint>\n"),
            std::string::npos);
}

TEST(Flatten, MacrosOfAKernelFileEndWithIt) {
  const KernelSources sources(Files{
      {"abi/n.h", "#define QMAX 127\n"},
      {"a.cl",
       "#include \"abi/n.h\"\n#define TILE 8\n# define F(x) (x)\n#define ZCL_MINE 1\n"
       "#ifndef UNROLL\n#define UNROLL 4\n#endif\n"},
      {"b.cl", "#define TILE 4\n"},
  });
  EXPECT_EQ(sources.flatten(std::vector<std::string>{"a.cl", "b.cl"}),
            "#line 1 \"a.cl\"\n#line 1 \"abi/n.h\"\n#define QMAX 127\n#line 2 \"a.cl\"\n"
            "#define TILE 8\n# define F(x) (x)\n#define ZCL_MINE 1\n"
            "#ifndef UNROLL\n#define UNROLL 4\n#endif\n#undef TILE\n#undef F\n"
            "#line 1 \"b.cl\"\n#define TILE 4\n#undef TILE\n");
}

TEST(Flatten, MissingFilesAreNamedWithThePlaceThatWantsThem) {
  const KernelSources sources(Files{{"op.cl", "\n#include \"common/none.h\"\n"}});
  EXPECT_EQ(failure(sources, {"op.cl"}), "op.cl:2: included file \"common/none.h\" does not exist");
  EXPECT_EQ(failure(sources, {"no.cl"}), "kernel file no.cl does not exist");
  const KernelSources outside(Files{{"op.cl", "#include \"../../etc/passwd\"\n"}});
  EXPECT_NE(failure(outside, {"op.cl"}).find("does not exist"), std::string::npos);
}

TEST(KernelSignatures, FindsKernelsAndTheirArgumentStructs) {
  const std::vector<KernelSignature> kernels = kernel_signatures(
      "// kernel void commented(struct no a) {}\n/* kernel void also() { */\n"
      "void helper(struct no a);\n"
      "kernel void one(global const char* x /* [M, K], int8 */, const struct one_args args) {}\n"
      "__kernel __attribute__((reqd_work_group_size(64, 1, 1)))\n"
      "void two(global int* y,\n         struct two_args a) { asm(\"//@90a kernel void x()\"); }\n"
      "kernel void three(global struct one_args* list) {}\n"
      "kernel void four(int n) {}\nkernel void five(void) {}\n");
  ASSERT_EQ(kernels.size(), 5u);
  EXPECT_EQ(kernels[0].name, "one");
  EXPECT_EQ(kernels[0].args_struct, "one_args");
  EXPECT_EQ(kernels[1].name, "two");
  EXPECT_EQ(kernels[1].args_struct, "two_args");
  EXPECT_EQ(kernels[2].args_struct, "") << "a pointer is a buffer";
  EXPECT_EQ(kernels[3].args_struct, "");
  EXPECT_EQ(kernels[4].name, "five");
}

TEST(KernelSignatures, SurvivesBrokenText) {
  for (const char* text : {"kernel", "kernel void", "kernel void f", "kernel void f(",
                           "kernel __attr", "/* kernel void f()", "\"kernel void f()",
                           "kernel __attribute__((", "kernel void f(struct", "\"\\"}) {
    EXPECT_LE(kernel_signatures(text).size(), 1u) << text;
  }
}

TEST(FileOf, FollowsOperatorAndVariant) {
  const KernelSources sources(Files{
      {"linear.cl", "kernel void linear() {}\nkernel void linear_tall() {}"},
      {"linear.group.cl", "kernel void linear_group() {}\nkernel void linear_group_tall() {}"},
      {"linear_w8a8.cl", "kernel void linear_w8a8() {}"},
  });
  EXPECT_EQ(sources.file_of({"linear", ""}), "linear.cl");
  EXPECT_EQ(sources.file_of({"linear", "tall"}), "linear.cl");
  EXPECT_EQ(sources.file_of({"linear", "group"}), "linear.group.cl");
  EXPECT_EQ(sources.file_of({"linear", "group_tall"}), "linear.group.cl");
  EXPECT_EQ(sources.file_of({"linear_w8a8", ""}), "linear_w8a8.cl");
  EXPECT_EQ(sources.files_of("linear"), (std::vector<std::string>{"linear.cl", "linear.group.cl"}));
  try {
    sources.file_of({"linear", "wgmma"});
    FAIL() << "found a kernel that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("linear_group_tall"), std::string::npos);
  }
  EXPECT_THROW(sources.file_of({"linea", ""}), Error);
  EXPECT_THROW(sources.file_of({"", ""}), Error);
}

TEST(SizeProbes, OnePerStruct) {
  const std::string text = size_probes(
      "kernel void a(struct s_args a) {}\nkernel void b(const struct s_args a) {}\n"
      "kernel void c(struct t_args a) {}\n");
  EXPECT_EQ(text.find("zcl_sizeof_s_args"), text.rfind("zcl_sizeof_s_args"));
  EXPECT_NE(text.find("sizeof(struct t_args)"), std::string::npos) << text;
}

TEST(KernelSources, EmbeddedOnesHoldTheCanaryWithItsHeaders) {
  const KernelSources sources = KernelSources::embedded();
  EXPECT_NE(sources.find("abi/canary.h"), nullptr);
  const std::string text = sources.flatten(std::vector<std::string>{"canary.cl"});
  EXPECT_NE(text.find("struct canary_args"), std::string::npos);
  EXPECT_EQ(text.find("#include \""), std::string::npos);
  const std::string weights = sources.flatten(std::vector<std::string>{"canary.weights.cl"});
  EXPECT_NE(weights.find("kernel void canary_weights("), std::string::npos);
  EXPECT_NE(weights.find("struct canary_args"), std::string::npos);
  EXPECT_EQ(weights.find("#include \""), std::string::npos);
}

// The law of one name, over all that is embedded; the configuration checks the same in CMake.
TEST(KernelSources, EveryEmbeddedFileHoldsTheKernelOfItsName) {
  const KernelSources sources = KernelSources::embedded();
  for (const std::string& file : sources.kernel_files()) {
    const std::size_t dot = file.find('.');
    const std::size_t end = file.size() - 3;
    const KernelId id{file.substr(0, dot), dot == end ? "" : file.substr(dot + 1, end - dot - 1)};
    EXPECT_EQ(sources.file_of(id), file);
    EXPECT_NO_THROW(sources.flatten(std::vector<std::string>{file}));
  }
}

TEST(KernelSources, ReadsADirectory) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "op.cl", "#include \"abi/a.h\"\nkernel void op() {}\n");
  write_file(directory.path() / "abi/a.h", "A\n");
  write_file(directory.path() / "common/c.h", "C\n");
  write_file(directory.path() / "notes.txt", "not a kernel\n");
  const KernelSources sources = KernelSources::from_directory(directory.path().string());
  EXPECT_EQ(sources.kernel_files(), std::vector<std::string>{"op.cl"});
  EXPECT_NE(sources.find("common/c.h"), nullptr);
  EXPECT_EQ(sources.find("notes.txt"), nullptr);
  EXPECT_THROW(KernelSources::from_directory((directory.path() / "none").string()), Error);
}

TEST(OnlyKernels, DropsTheOthersAndKeepsLines) {
  const std::string text =
      "static int twice(int a) {\n  return 2 * a;\n}\n"
      "kernel void one(global int* a) {\n  if (a) {\n    a[0] = 1;\n  }\n}\n"
      "kernel __attribute__((reqd_work_group_size(1, 1, 1)))\nvoid two(\n    global int* a) {\n"
      "  a[0] = twice(1);\n}\n"
      "#define KERNEL(n) kernel void n(global int* a) { a[0] = 3; }\nKERNEL(three)\n";
  const std::vector<std::string> two = {"two"};
  const std::string kept = only_kernels(text, two);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), '\n'), std::count(text.begin(), text.end(), '\n'));
  EXPECT_EQ(kept.find("void one"), std::string::npos);
  EXPECT_EQ(kept.find("a[0] = 1;"), std::string::npos);
  EXPECT_NE(kept.find("void two"), std::string::npos);
  EXPECT_NE(kept.find("return 2 * a;"), std::string::npos);
  EXPECT_NE(kept.find("KERNEL(three)"), std::string::npos);
  EXPECT_EQ(only_kernels(text, std::vector<std::string>{"one", "two"}), text);
}

// Every kernel of ours can be left out: what begins as one ends as one.
TEST(OnlyKernels, FindsAllOfOurKernels) {
  const KernelSources sources = KernelSources::embedded();
  for (const std::string& file : sources.kernel_files()) {
    const std::string text = only_kernels(*sources.find(file), {});
    EXPECT_TRUE(kernel_signatures(text).empty()) << file;
  }
}

}  // namespace
}  // namespace zerocl
