#pragma once

#include <functional>
#include <string_view>

namespace zerocl {

enum class LogLevel { trace, debug, info, warning, error, off };

// Messages go to stderr, nothing else ever does. The level is `warning` unless the environment
// variable ZEROCL_LOG says trace, debug, info, warning, error or off, or the program calls
// set_log_level. All functions may be called from any thread.
void set_log_level(LogLevel level);
LogLevel log_level();
// True when a message of this level would be shown: ask before composing a costly one.
bool log_enabled(LogLevel level);

// Sends messages of the set level to `callback` instead of stderr; an empty one restores stderr.
// The callback may be called from any thread, also from the OpenCL driver's.
using LogCallback = std::function<void(LogLevel, std::string_view)>;
void set_log_callback(LogCallback callback);

void log_message(LogLevel level, std::string_view message);
inline void log_debug(std::string_view message) {
  log_message(LogLevel::debug, message);
}
inline void log_info(std::string_view message) {
  log_message(LogLevel::info, message);
}
inline void log_warning(std::string_view message) {
  log_message(LogLevel::warning, message);
}
inline void log_error(std::string_view message) {
  log_message(LogLevel::error, message);
}

}  // namespace zerocl
