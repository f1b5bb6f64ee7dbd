/* The C API of libzerocl (C99). Handles are opaque; every call that can fail returns a status and
 * leaves a text for zerocl_last_error(); no exception and no abort crosses this border.
 *
 *   zerocl_session* session;
 *   if (zerocl_session_open("minilm-w8a8", NULL, &session) != ZEROCL_OK)
 *     fprintf(stderr, "%s\n", zerocl_last_error());
 *
 * Texts are UTF-8 and end with a zero byte. A session belongs to one thread at a time; different
 * sessions may run in different threads. Callbacks run in the calling thread, during the call, and
 * must return normally; strings given to them live until they return. */
#ifndef ZEROCL_C_H
#define ZEROCL_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum zerocl_status {
  ZEROCL_OK = 0,
  ZEROCL_FAILURE = 1,   /* a bad file, a failed OpenCL call, out of memory, ... */
  ZEROCL_USAGE = 2,     /* an argument that is wrong or does not fit the model */
  ZEROCL_NO_DEVICE = 3, /* no OpenCL device that can run in exact mode */
  ZEROCL_CANCELLED = 5  /* a callback asked for it */
} zerocl_status;

/* "0.1.0" */
const char* zerocl_version(void);
/* What went wrong in this thread's last call that failed; "" before the first. Lives until this
 * thread's next call that fails. */
const char* zerocl_last_error(void);

/* Log. The level is `warning` unless set here or by $ZEROCL_LOG; messages go to standard error
 * unless a callback is set (NULL: standard error again), which any thread may call. */
typedef enum zerocl_log_level {
  ZEROCL_LOG_TRACE,
  ZEROCL_LOG_DEBUG,
  ZEROCL_LOG_INFO,
  ZEROCL_LOG_WARNING,
  ZEROCL_LOG_ERROR,
  ZEROCL_LOG_OFF
} zerocl_log_level;
typedef void (*zerocl_log_callback)(zerocl_log_level level, const char* message, void* user);
zerocl_status zerocl_set_log_level(int level); /* a zerocl_log_level */
zerocl_status zerocl_set_log_callback(zerocl_log_callback callback, void* user);

/* Devices, in the order that their indices count. Empty where there is none. */
typedef struct zerocl_devices zerocl_devices;
zerocl_status zerocl_devices_list(zerocl_devices** devices);
void zerocl_devices_free(zerocl_devices* devices); /* NULL is fine */
size_t zerocl_devices_count(const zerocl_devices* devices);
/* NULL past the last. */
const char* zerocl_devices_name(const zerocl_devices* devices, size_t index);
/* Why a device cannot run in exact mode; NULL where it can, and past the last. */
const char* zerocl_devices_refusal(const zerocl_devices* devices, size_t index);

/* A model on a device. Zeros mean defaults; `size` must be sizeof(zerocl_session_options), so that
 * later versions may add members. */
typedef struct zerocl_session_options {
  size_t size;
  const char* device;       /* index, part of a name, "reference"; NULL: the best device */
  int64_t max_batch_tokens; /* most tokens of one forward pass; 0: 4096, on GPUs up to 32768 */
  int fast_f32;             /* float products by CLBlast: bits not promised */
} zerocl_session_options;
typedef struct zerocl_session zerocl_session;
/* Opens a Hugging Face directory, quantized or not. `options` may be NULL. On failure *session is
 * NULL. Weights are loaded by the first call that needs them. */
zerocl_status zerocl_session_open(const char* model_dir, const zerocl_session_options* options,
                                  zerocl_session** session);
void zerocl_session_close(zerocl_session* session); /* NULL is fine */
const char* zerocl_session_device(const zerocl_session* session);
const char* zerocl_session_scheme(const zerocl_session* session); /* "w8a8", "f32" */
size_t zerocl_session_dimensions(const zerocl_session* session);  /* floats of an embedding */
size_t zerocl_session_labels(const zerocl_session* session);      /* of a classifier, else 0 */
const char* zerocl_session_label(const zerocl_session* session, size_t index); /* NULL past it */

/* Counts texts; a return other than 0 cancels. */
typedef int (*zerocl_progress)(int64_t done, int64_t total, void* user);

/* Embeddings, pooled and normalized as the model's files say: floats [count, dimensions].
 * `capacity`: floats that `vectors` has room for; too few is ZEROCL_USAGE. progress may be NULL. */
zerocl_status zerocl_encode(zerocl_session* session, const char* const* texts, size_t count,
                            zerocl_progress progress, void* user, float* vectors, size_t capacity);

/* Scores [count, labels]: probabilities, or a regression's values. `pairs`: the second text of each
 * (NULL: none). capacity, progress: as above. */
zerocl_status zerocl_classify(zerocl_session* session, const char* const* texts,
                              const char* const* pairs, size_t count, zerocl_progress progress,
                              void* user, double* scores, size_t capacity);

typedef struct zerocl_generate_options {
  size_t size;        /* sizeof(zerocl_generate_options) */
  int64_t max_tokens; /* 0: 64 */
  float temperature;  /* 0: always the best token */
  int top_k;          /* 0: all */
  float top_p;        /* 0: 1 */
  uint64_t seed;      /* the same seed gives the same text on every device */
  int ignore_end;     /* other than 0: go on after the end-of-text token */
} zerocl_generate_options;
/* What one token adds to the text: complete characters, `length` bytes and a zero (it may be
 * nothing). A return other than 0 ends the text, which is no failure. */
typedef int (*zerocl_on_text)(const char* piece, size_t length, void* user);
/* Continues a prompt. `options` and `tokens` (how many were generated) may be NULL. */
zerocl_status zerocl_generate(zerocl_session* session, const char* prompt,
                              const zerocl_generate_options* options, zerocl_on_text on_text,
                              void* user, size_t* tokens);

#ifdef __cplusplus
}
#endif
#endif
