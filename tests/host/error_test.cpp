#include "host/cl_error.h"

#include <gtest/gtest.h>

namespace zerocl {
namespace {

TEST(StatusName, NamesEveryCodeOfTheHeader) {
  EXPECT_EQ(status_name(CL_SUCCESS), "CL_SUCCESS");
  EXPECT_EQ(status_name(CL_BUILD_PROGRAM_FAILURE), "CL_BUILD_PROGRAM_FAILURE");
  EXPECT_EQ(status_name(CL_KERNEL_ARG_INFO_NOT_AVAILABLE), "CL_KERNEL_ARG_INFO_NOT_AVAILABLE");
  EXPECT_EQ(status_name(CL_INVALID_ARG_SIZE), "CL_INVALID_ARG_SIZE");
  EXPECT_EQ(status_name(CL_INVALID_DEVICE_PARTITION_COUNT), "CL_INVALID_DEVICE_PARTITION_COUNT");
  EXPECT_EQ(status_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
  for (cl_int code = 0; code >= -19; --code) EXPECT_NE(status_name(code), "unknown status") << code;
  for (cl_int code = -30; code >= -68; --code) {
    EXPECT_NE(status_name(code), "unknown status") << code;
  }
  EXPECT_EQ(status_name(-25), "unknown status");
}

TEST(CheckStatus, ThrowsCallNameNumberAndDetail) {
  EXPECT_NO_THROW(check_status("clFinish", CL_SUCCESS, "anything"));
  try {
    check_status("clFinish", CL_OUT_OF_RESOURCES, "queue of device X");
    FAIL() << "did not throw";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "clFinish: CL_OUT_OF_RESOURCES (-5): queue of device X");
    EXPECT_EQ(error.kind(), ErrorKind::failure);
  }
}

}  // namespace
}  // namespace zerocl
