#pragma once

// The public C++ API of libzerocl: what the `zerocl` program is made of.
//
//   auto model = zerocl::Model::open("minilm-w8a8");
//   zerocl::Session session(model);
//   auto ids = model->tokenizer().encode("A man is riding a horse.").ids;
//   zerocl::Matrix vector = session.embed({{{ids, {}}}}, zerocl::Pooling::mean, true);

#include "engine/models/model.h"             // Model: a directory, understood
#include "engine/quantize/quantize_model.h"  // quantize_model
#include "engine/session/generate.h"         // generate, sample
#include "engine/session/perplexity.h"       // perplexity
#include "engine/session/session.h"          // Session: a model on a device
#include "engine/verify/verify_model.h"      // verify_model, verify_kernels
#include "host/device.h"                     // list_devices
#include "host/error.h"                      // Error
#include "host/log.h"                        // set_log_callback
#include "host/ops/variant.h"                // variant_choices
