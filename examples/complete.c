/* The C API: lists the devices and continues a text.
 *   complete MODEL_DIR PROMPT [TOKENS]        e.g. examples/gpt2-novels-4m "It was a dark" */
#include <stdio.h>
#include <stdlib.h>

#include "engine/api/zerocl_c.h"

static int show(const char* piece, size_t length, void* user) {
  (void)user;
  fwrite(piece, 1, length, stdout);
  fflush(stdout);
  return 0; /* go on */
}

static int fail(zerocl_status status) {
  fprintf(stderr, "complete: %s\n", zerocl_last_error());
  return (int)status;
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: complete MODEL_DIR PROMPT [TOKENS]\n");
    return 2;
  }

  zerocl_devices* devices;
  zerocl_status status = zerocl_devices_list(&devices);
  if (status != ZEROCL_OK) return fail(status);
  for (size_t i = 0; i < zerocl_devices_count(devices); ++i) {
    const char* refusal = zerocl_devices_refusal(devices, i);
    fprintf(stderr, "device %u: %s%s%s\n", (unsigned)i, zerocl_devices_name(devices, i),
            refusal ? ", not exact: " : "", refusal ? refusal : "");
  }
  zerocl_devices_free(devices);

  zerocl_session* session;
  status = zerocl_session_open(argv[1], NULL, &session);
  if (status != ZEROCL_OK) return fail(status);
  zerocl_generate_options options = {.size = sizeof options};
  options.max_tokens = argc > 3 ? atol(argv[3]) : 64;
  size_t tokens = 0;
  fputs(argv[2], stdout);
  status = zerocl_generate(session, argv[2], &options, show, NULL, &tokens);
  fputs("\n", stdout);
  if (status == ZEROCL_OK)
    fprintf(stderr, "%u tokens on %s\n", (unsigned)tokens, zerocl_session_device(session));
  zerocl_session_close(session);
  return status == ZEROCL_OK ? 0 : fail(status);
}
