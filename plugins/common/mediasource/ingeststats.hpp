#pragma once

#include "plugins/common/ingest/pool.hpp"

#include <gst/gst.h>

namespace lm::mediasource {

/// The value of the property `ingest-stats` (names.hpp), owned by the caller. Any thread.
GstStructure* ingestStats(const ingest::Pool::LatenessReading& reading);

} // namespace lm::mediasource
