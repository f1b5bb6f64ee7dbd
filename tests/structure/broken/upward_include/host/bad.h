#include "engine/graph/graph.h"
