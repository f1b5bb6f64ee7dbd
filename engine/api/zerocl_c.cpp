#include "engine/api/zerocl_c.h"

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/text_tasks.h"
#include "host/device.h"
#include "host/error.h"
#include "host/log.h"

using zerocl::Error;
using zerocl::ErrorKind;

struct zerocl_devices {
  struct Entry {
    std::string name;
    std::optional<std::string> refusal;
  };
  std::vector<Entry> entries;
};

struct zerocl_session {
  zerocl_session(std::shared_ptr<const zerocl::Model> model, const zerocl::SessionOptions& options)
      : session(std::move(model), options), device(session.device_name()) {}
  const zerocl::ModelConfig& config() const { return session.model().config(); }

  zerocl::Session session;
  std::string device;
};

namespace {

thread_local std::string last_error;
thread_local const char* last_error_text = "";  // last_error, or a literal where memory ran out

zerocl_status fail(zerocl_status status, const char* message) noexcept {
  try {
    last_error = message;
    last_error_text = last_error.c_str();
  } catch (...) {
    last_error_text = "out of memory";
  }
  return status;
}

// Everything that may throw runs in here.
template <class Call>
zerocl_status guarded(const Call& call) noexcept {
  try {
    return call();
  } catch (const Error& error) {
    // A device that disagrees with the reference has no call here: anything else is a failure.
    const bool known = error.kind() == ErrorKind::usage || error.kind() == ErrorKind::no_device;
    return fail(known ? static_cast<zerocl_status>(error.kind()) : ZEROCL_FAILURE, error.what());
  } catch (const std::bad_alloc&) {
    return fail(ZEROCL_FAILURE, "out of memory");
  } catch (const std::exception& error) {
    return fail(ZEROCL_FAILURE, error.what());
  } catch (...) {
    return fail(ZEROCL_FAILURE, "unknown failure");
  }
}

void need(bool condition, const char* message) {
  if (!condition) throw Error(message, ErrorKind::usage);
}

// Remembers that it was the caller who ended a call.
struct Cancel {
  zerocl_progress progress;
  void* user;
  bool cancelled = false;

  bool operator()(std::int64_t done, std::int64_t total) {
    if (progress != nullptr && progress(done, total, user) != 0) cancelled = true;
    return !cancelled;
  }
};

template <class Call>
zerocl_status cancellable(zerocl_progress progress, void* user, const Call& call) noexcept {
  Cancel cancel{progress, user};
  const zerocl_status status = guarded([&] {
    call([&cancel](std::int64_t done, std::int64_t total) { return cancel(done, total); });
    return ZEROCL_OK;
  });
  return cancel.cancelled ? fail(ZEROCL_CANCELLED, "cancelled") : status;
}

// count * width numbers fit, without the product's overflow.
bool fits(std::size_t count, std::size_t width, std::size_t capacity) {
  return width == 0 || count <= capacity / width;
}

}  // namespace

extern "C" {

const char* zerocl_version(void) {
  return ZEROCL_VERSION;
}

const char* zerocl_last_error(void) {
  return last_error_text;
}

zerocl_status zerocl_set_log_level(int level) {
  return guarded([&] {
    need(level >= ZEROCL_LOG_TRACE && level <= ZEROCL_LOG_OFF, "there is no such log level");
    zerocl::set_log_level(static_cast<zerocl::LogLevel>(level));
    return ZEROCL_OK;
  });
}

zerocl_status zerocl_set_log_callback(zerocl_log_callback callback, void* user) {
  return guarded([&] {
    if (callback == nullptr) {
      zerocl::set_log_callback({});
    } else {
      zerocl::set_log_callback([callback, user](zerocl::LogLevel level, std::string_view message) {
        callback(static_cast<zerocl_log_level>(level), std::string(message).c_str(), user);
      });
    }
    return ZEROCL_OK;
  });
}

zerocl_status zerocl_devices_list(zerocl_devices** devices) {
  return guarded([&] {
    need(devices != nullptr, "zerocl_devices_list: devices is NULL");
    *devices = nullptr;
    auto list = std::make_unique<zerocl_devices>();
    try {
      for (const zerocl::Device& device : zerocl::list_devices())
        list->entries.push_back({device.facts.name, zerocl::exact_mode_refusal(device.facts)});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::no_device) throw;  // none is an answer here
    }
    *devices = list.release();
    return ZEROCL_OK;
  });
}

void zerocl_devices_free(zerocl_devices* devices) {
  delete devices;
}

size_t zerocl_devices_count(const zerocl_devices* devices) {
  return devices == nullptr ? 0 : devices->entries.size();
}

const char* zerocl_devices_name(const zerocl_devices* devices, size_t index) {
  return index < zerocl_devices_count(devices) ? devices->entries[index].name.c_str() : nullptr;
}

const char* zerocl_devices_refusal(const zerocl_devices* devices, size_t index) {
  if (index >= zerocl_devices_count(devices)) return nullptr;
  const auto& refusal = devices->entries[index].refusal;
  return refusal ? refusal->c_str() : nullptr;
}

zerocl_status zerocl_session_open(const char* model_dir, const zerocl_session_options* options,
                                  zerocl_session** session) {
  return guarded([&] {
    need(session != nullptr, "zerocl_session_open: session is NULL");
    *session = nullptr;
    need(model_dir != nullptr, "zerocl_session_open: model_dir is NULL");
    zerocl::SessionOptions chosen;
    if (options != nullptr) {
      need(options->size == sizeof(zerocl_session_options),
           "zerocl_session_options: size is not sizeof(zerocl_session_options)");
      need(options->max_batch_tokens >= 0, "zerocl_session_options: max_batch_tokens is negative");
      if (options->device != nullptr) chosen.device = options->device;
      if (options->max_batch_tokens > 0) chosen.max_batch_tokens = options->max_batch_tokens;
      chosen.fast_f32 = options->fast_f32 != 0;
    }
    *session = new zerocl_session(zerocl::Model::open(model_dir), chosen);
    return ZEROCL_OK;
  });
}

void zerocl_session_close(zerocl_session* session) {
  guarded([&] {
    delete session;
    return ZEROCL_OK;
  });
}

const char* zerocl_session_device(const zerocl_session* session) {
  return session == nullptr ? nullptr : session->device.c_str();
}

const char* zerocl_session_scheme(const zerocl_session* session) {
  return session == nullptr ? nullptr : session->session.model().scheme().c_str();
}

size_t zerocl_session_dimensions(const zerocl_session* session) {
  return session == nullptr ? 0 : static_cast<size_t>(session->config().hidden);
}

size_t zerocl_session_labels(const zerocl_session* session) {
  if (session == nullptr) return 0;
  const zerocl::ModelConfig& config = session->config();
  return config.head == zerocl::HeadType::sequence_classification ? config.labels.size() : 0;
}

const char* zerocl_session_label(const zerocl_session* session, size_t index) {
  return index < zerocl_session_labels(session) ? session->config().labels[index].c_str() : nullptr;
}

zerocl_status zerocl_encode(zerocl_session* session, const char* const* texts, size_t count,
                            zerocl_progress progress, void* user, float* vectors, size_t capacity) {
  return cancellable(progress, user, [&](const zerocl::TextProgress& report) {
    need(session != nullptr, "zerocl_encode: session is NULL");
    need(count == 0 || (texts != nullptr && vectors != nullptr), "zerocl_encode: NULL array");
    need(fits(count, zerocl_session_dimensions(session), capacity),
         "zerocl_encode: capacity is less than count * dimensions");
    std::vector<std::string> inputs;
    for (size_t i = 0; i < count; ++i) {
      need(texts[i] != nullptr, "zerocl_encode: a text is NULL");
      inputs.emplace_back(texts[i]);
    }
    const zerocl::Matrix matrix = zerocl::encode_texts(session->session, inputs, report);
    std::copy(matrix.values.begin(), matrix.values.end(), vectors);
  });
}

zerocl_status zerocl_classify(zerocl_session* session, const char* const* texts,
                              const char* const* pairs, size_t count, zerocl_progress progress,
                              void* user, double* scores, size_t capacity) {
  return cancellable(progress, user, [&](const zerocl::TextProgress& report) {
    need(session != nullptr, "zerocl_classify: session is NULL");
    need(count == 0 || (texts != nullptr && scores != nullptr), "zerocl_classify: NULL array");
    need(fits(count, zerocl_session_labels(session), capacity),
         "zerocl_classify: capacity is less than count * labels");
    std::vector<zerocl::TextPair> inputs;
    for (size_t i = 0; i < count; ++i) {
      need(texts[i] != nullptr && (pairs == nullptr || pairs[i] != nullptr),
           "zerocl_classify: a text is NULL");
      inputs.push_back({texts[i], {}});
      if (pairs != nullptr) inputs.back().pair = pairs[i];
    }
    for (const auto& result : zerocl::classify_texts(session->session, inputs, report))
      scores = std::copy(result.scores.begin(), result.scores.end(), scores);
  });
}

zerocl_status zerocl_generate(zerocl_session* session, const char* prompt,
                              const zerocl_generate_options* options, zerocl_on_text on_text,
                              void* user, size_t* tokens) {
  return guarded([&] {
    if (tokens != nullptr) *tokens = 0;
    need(session != nullptr, "zerocl_generate: session is NULL");
    need(prompt != nullptr, "zerocl_generate: prompt is NULL");
    zerocl::GenerateOptions chosen;
    if (options != nullptr) {
      need(options->size == sizeof(zerocl_generate_options),
           "zerocl_generate_options: size is not sizeof(zerocl_generate_options)");
      need(options->temperature >= 0 && options->top_k >= 0 && options->top_p >= 0 &&
               options->top_p <= 1,
           "zerocl_generate_options: temperature and top_k are >= 0, top_p is within [0, 1]");
      if (options->max_tokens != 0) chosen.max_tokens = options->max_tokens;
      chosen.sampling = {options->temperature, options->top_k,
                         options->top_p == 0 ? 1.0f : options->top_p, options->seed};
    }
    if (options == nullptr || options->ignore_end == 0)
      chosen.stop = zerocl::stop_tokens(session->session.model());
    const zerocl::GeneratedText text =
        zerocl::generate_text(session->session, prompt, chosen, [&](const std::string& piece) {
          return on_text == nullptr || on_text(piece.c_str(), piece.size(), user) == 0;
        });
    if (tokens != nullptr) *tokens = text.tokens.ids.size();
    return ZEROCL_OK;
  });
}

}  // extern "C"
