/* The C API, called from C.   c_api_test EXAMPLES_DIR */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/api/zerocl_c.h"

static int failures = 0;

#define CHECK(condition)                                                               \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      ++failures;                                                                      \
      fprintf(stderr, "%s:%d: %s\n  last error: %s\n", __FILE__, __LINE__, #condition, \
              zerocl_last_error());                                                    \
    }                                                                                  \
  } while (0)

static char path[4096];
static const char* example(const char* examples, const char* name) {
  snprintf(path, sizeof path, "%s/%s", examples, name);
  return path;
}

struct seen {
  int calls;
  int stop_after; /* calls after which the callback asks for the end; 0: never */
  size_t length;
  int64_t done, total;
  char text[1024];
};

static int on_text(const char* piece, size_t length, void* user) {
  struct seen* seen = user;
  CHECK(strlen(piece) == length);
  if (seen->length + length < sizeof seen->text) memcpy(seen->text + seen->length, piece, length);
  seen->length += length;
  return ++seen->calls == seen->stop_after;
}

static int on_progress(int64_t done, int64_t total, void* user) {
  struct seen* seen = user;
  CHECK(done >= seen->done);
  seen->done = done;
  seen->total = total;
  return ++seen->calls == seen->stop_after;
}

static void on_log(zerocl_log_level level, const char* message, void* user) {
  CHECK(level >= ZEROCL_LOG_DEBUG);
  CHECK(message[0] != '\0');
  ++((struct seen*)user)->calls;
}

static void test_errors(void) {
  zerocl_session* session = (zerocl_session*)&failures;
  CHECK(strcmp(zerocl_last_error(), "") == 0);
  CHECK(zerocl_session_open("/nowhere/at all", NULL, &session) == ZEROCL_USAGE);
  CHECK(session == NULL);
  CHECK(strstr(zerocl_last_error(), "/nowhere/at all") != NULL);
  CHECK(zerocl_session_open(NULL, NULL, &session) == ZEROCL_USAGE);
  CHECK(zerocl_session_open("x", NULL, NULL) == ZEROCL_USAGE);
  zerocl_session_options options = {0};
  CHECK(zerocl_session_open("x", &options, &session) == ZEROCL_USAGE);
  CHECK(strstr(zerocl_last_error(), "size") != NULL);
  CHECK(zerocl_set_log_level(99) == ZEROCL_USAGE);
  CHECK(zerocl_devices_list(NULL) == ZEROCL_USAGE);
  /* A NULL session is an error or an empty answer everywhere, never a crash. */
  CHECK(zerocl_encode(NULL, NULL, 0, NULL, NULL, NULL, 0) == ZEROCL_USAGE);
  CHECK(zerocl_classify(NULL, NULL, NULL, 0, NULL, NULL, NULL, 0) == ZEROCL_USAGE);
  CHECK(zerocl_generate(NULL, "x", NULL, NULL, NULL, NULL) == ZEROCL_USAGE);
  CHECK(zerocl_session_device(NULL) == NULL && zerocl_session_scheme(NULL) == NULL);
  CHECK(zerocl_session_dimensions(NULL) == 0 && zerocl_session_labels(NULL) == 0);
  zerocl_session_close(NULL);
  zerocl_devices_free(NULL);
}

static void test_devices(void) {
  zerocl_devices* devices = NULL;
  CHECK(zerocl_devices_list(&devices) == ZEROCL_OK);
  const size_t count = zerocl_devices_count(devices);
  CHECK(count > 0);
  for (size_t i = 0; i < count; ++i) CHECK(strlen(zerocl_devices_name(devices, i)) > 0);
  CHECK(zerocl_devices_name(devices, count) == NULL);
  CHECK(zerocl_devices_refusal(devices, count) == NULL);
  zerocl_devices_free(devices);
}

static void test_classifier(const char* examples) {
  zerocl_session* session = NULL;
  zerocl_session_options options = {.size = sizeof options, .max_batch_tokens = 64};
  struct seen log = {0};
  CHECK(zerocl_set_log_level(ZEROCL_LOG_DEBUG) == ZEROCL_OK);
  CHECK(zerocl_set_log_callback(on_log, &log) == ZEROCL_OK);
  CHECK(zerocl_session_open(example(examples, "bert-sst2-5m"), &options, &session) == ZEROCL_OK);
  CHECK(session != NULL);
  if (session == NULL) return;
  CHECK(strlen(zerocl_session_device(session)) > 0);
  CHECK(strcmp(zerocl_session_scheme(session), "f32") == 0);
  CHECK(zerocl_session_labels(session) == 2);
  CHECK(zerocl_session_label(session, 2) == NULL);

  const char* texts[] = {"a gorgeous, witty, seductive movie", "dull, stupid and far too long"};
  double scores[4] = {0};
  struct seen progress = {0};
  CHECK(zerocl_classify(session, texts, NULL, 2, on_progress, &progress, scores, 4) == ZEROCL_OK);
  CHECK(progress.done == 2 && progress.total == 2);
  CHECK(fabs(scores[0] + scores[1] - 1) < 1e-12);
  CHECK(scores[1] > 0.9 && scores[2] > 0.9); /* positive, negative */
  CHECK(log.calls > 0);
  CHECK(zerocl_set_log_callback(NULL, NULL) == ZEROCL_OK);
  CHECK(zerocl_set_log_level(ZEROCL_LOG_WARNING) == ZEROCL_OK);

  /* A pair is another input than its first text. */
  double paired[2];
  CHECK(zerocl_classify(session, texts, texts + 1, 1, NULL, NULL, paired, 2) == ZEROCL_OK);
  CHECK(paired[1] != scores[1]);

  CHECK(zerocl_classify(session, texts, NULL, 2, NULL, NULL, scores, 3) == ZEROCL_USAGE);
  CHECK(zerocl_classify(session, NULL, NULL, 2, NULL, NULL, scores, 4) == ZEROCL_USAGE);
  struct seen cancel = {.stop_after = 1};
  CHECK(zerocl_classify(session, texts, NULL, 2, on_progress, &cancel, scores, 4) ==
        ZEROCL_CANCELLED);
  CHECK(zerocl_generate(session, "x", NULL, NULL, NULL, NULL) == ZEROCL_USAGE);

  /* The same session goes on after errors; its hidden states make vectors. */
  const size_t dimensions = zerocl_session_dimensions(session);
  float* vectors = malloc(2 * dimensions * sizeof *vectors);
  CHECK(dimensions > 0 && vectors != NULL);
  CHECK(zerocl_encode(session, texts, 2, NULL, NULL, vectors, 2 * dimensions) == ZEROCL_OK);
  CHECK(memcmp(vectors, vectors + dimensions, dimensions * sizeof *vectors) != 0);
  CHECK(zerocl_encode(session, texts, 2, NULL, NULL, vectors, 2 * dimensions - 1) == ZEROCL_USAGE);
  CHECK(zerocl_encode(session, texts, (size_t)-1, NULL, NULL, vectors, 2) == ZEROCL_USAGE);
  free(vectors);
  zerocl_session_close(session);
}

static void test_generator(const char* examples) {
  zerocl_session* session = NULL;
  CHECK(zerocl_session_open(example(examples, "gpt2-novels-4m"), NULL, &session) == ZEROCL_OK);
  if (session == NULL) return;
  const char* prompt = "It was a dark and stormy night";
  zerocl_generate_options options = {.size = sizeof options, .max_tokens = 8};
  struct seen all = {0}, some = {.stop_after = 3};
  size_t tokens = 0;
  CHECK(zerocl_generate(session, prompt, &options, on_text, &all, &tokens) == ZEROCL_OK);
  CHECK(tokens == 8 && all.calls >= 8 && all.length > 0);
  CHECK(zerocl_generate(session, prompt, &options, on_text, &some, &tokens) == ZEROCL_OK);
  CHECK(tokens == 3);
  CHECK(strncmp(all.text, some.text, some.length) == 0); /* greedy: the same beginning */
  options.temperature = -1;
  CHECK(zerocl_generate(session, prompt, &options, on_text, &some, &tokens) == ZEROCL_USAGE);
  CHECK(tokens == 0);
  CHECK(zerocl_generate(session, "", NULL, NULL, NULL, &tokens) == ZEROCL_USAGE);
  CHECK(zerocl_generate(session, NULL, NULL, NULL, NULL, &tokens) == ZEROCL_USAGE);
  CHECK(zerocl_session_labels(session) == 0);
  zerocl_session_close(session);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  CHECK(strcmp(zerocl_version(), "0.1.0") == 0);
  test_errors();
  test_devices();
  test_classifier(argv[1]);
  test_generator(argv[1]);
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
