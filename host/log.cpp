#include "host/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

namespace zerocl {

namespace {

LogLevel level_from_environment() {
  const char* value = std::getenv("ZEROCL_LOG");
  const std::string name = value == nullptr ? "" : value;
  if (name == "trace") return LogLevel::trace;
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "error") return LogLevel::error;
  if (name == "off") return LogLevel::off;
  return LogLevel::warning;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

// One logger of the process: stderr belongs to the process, not to a Context. It is not put into
// spdlog's registry, which belongs to the program that embeds this library. Never destroyed, so
// that drivers may report errors during exit.
struct Log {
  Log() : logger("zerocl", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("%n: %l: %v");
    logger.set_level(spdlog::level::trace);  // `level` decides
    logger.flush_on(spdlog::level::trace);
  }

  spdlog::logger logger;
  std::atomic<LogLevel> level = level_from_environment();
  std::mutex mutex;  // guards callback
  std::shared_ptr<const LogCallback> callback;
};

Log& the_log() {
  static Log* const log = new Log;
  return *log;
}

}  // namespace

void set_log_level(LogLevel level) {
  the_log().level = level;
}

LogLevel log_level() {
  return the_log().level;
}

bool log_enabled(LogLevel level) {
  return level != LogLevel::off && level >= log_level();
}

void set_log_callback(LogCallback callback) {
  Log& log = the_log();
  auto shared = callback ? std::make_shared<const LogCallback>(std::move(callback)) : nullptr;
  const std::lock_guard lock(log.mutex);
  log.callback = std::move(shared);
}

void log_message(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  Log& log = the_log();
  std::shared_ptr<const LogCallback> callback;
  {
    const std::lock_guard lock(log.mutex);
    callback = log.callback;
  }
  // The callback runs unlocked, so that it may log or replace itself.
  if (callback != nullptr) {
    (*callback)(level, message);
  } else {
    log.logger.log(spdlog_level(level), spdlog::string_view_t(message.data(), message.size()));
  }
}

}  // namespace zerocl
