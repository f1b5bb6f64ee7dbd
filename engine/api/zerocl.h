#pragma once

// The public C++ API of libzerocl: what the `zerocl` program is made of.
//
//   zerocl::Session session(zerocl::Model::open("minilm-w8a8"));
//   const std::vector<std::string> texts = {"A man is riding a horse."};
//   zerocl::Matrix vectors = zerocl::encode_texts(session, texts);
//
// C programs include engine/api/zerocl_c.h. Complete programs stand in examples/.

#include "engine/models/model.h"             // Model: a directory, understood
#include "engine/quantize/quantize_model.h"  // quantize_model
#include "engine/session/generate.h"         // generate, sample
#include "engine/session/perplexity.h"       // perplexity
#include "engine/session/session.h"          // Session: a model on a device
#include "engine/session/text_tasks.h"       // encode_texts, classify_texts, generate_text
#include "engine/verify/verify_model.h"      // verify_model, verify_kernels
#include "host/device.h"                     // list_devices
#include "host/error.h"                      // Error
#include "host/log.h"                        // set_log_callback
#include "host/ops/variant.h"                // variant_choices
