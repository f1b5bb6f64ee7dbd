#pragma once

#include <string>
#include <string_view>

#include "host/error.h"
#include "host/opencl.h"

namespace zerocl {

// "CL_OUT_OF_RESOURCES" for -5; "unknown status" for a number that OpenCL 1.2 and the loader do
// not define.
std::string_view status_name(cl_int status);

// "clCreateBuffer: CL_INVALID_BUFFER_SIZE (-61): <detail>"
std::string status_message(const char* call, cl_int status, const std::string& detail);

// Throws Error with the message above unless the status is CL_SUCCESS. `detail` names what was
// tried and on which device.
void check_status(const char* call, cl_int status, const std::string& detail);

}  // namespace zerocl
