#pragma once

#include <functional>

#include "host/queue.h"

namespace zerocl::cli {

using Enqueue = std::function<void()>;

// Seconds from the first of `count` launches to the end of the last.
double seconds_of(Queue& queue, int count, const Enqueue& enqueue);

// How many launches in a row last for `seconds` at least, after one that warms caches up.
int launches_for(Queue& queue, double seconds, const Enqueue& enqueue);

}  // namespace zerocl::cli
