#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/session/session.h"
#include "engine/verify/verify_model.h"

namespace zerocl {

using VerifyProgress = std::function<void(const std::string&)>;

// The three parts of verify_model; each adds its items to the report and stops at its first
// mismatch, since everything after it would differ too.

// Device and reference side by side on the same batch, each node compared before the next runs.
void verify_lockstep(Session& device, Session& reference, const std::vector<TokenSequence>& texts,
                     VerifyReport& report, const VerifyProgress& progress);

// On the device alone: a text by itself, inside a batch of 64 of mixed lengths, and (decoders) cut
// into chunks and single tokens must give the same bits.
void verify_invariance(Session& device, const std::vector<TokenSequence>& texts,
                       VerifyReport& report, const VerifyProgress& progress);

// Operators alone over their case grids, every variant that runs on the device; `only` restricts to
// some operators (empty: all).
void verify_kernel_grid(const VerifyOptions& options, const std::set<std::string>& only,
                        VerifyReport& report, const VerifyProgress& progress);

// The first difference between two lists of tensors, a missing one included; counts the values.
std::optional<Mismatch> compare_all(const std::vector<HostTensor>& expected,
                                    const std::vector<HostTensor>& actual, VerifyReport& report);

}  // namespace zerocl
