#pragma once

#include <gst/gst.h>

#include <cstdint>

namespace lm::mediasource {

/// Of the element's pipeline, nanoseconds; 0 before it has a clock.
std::uint64_t runningTime(GstElement* element);
/// The system's time (nanoseconds since the Unix epoch) when the running time was `running`. A thread that
/// loses the processor between the readings of two clocks would move the whole track: read more than once.
std::int64_t utcAt(GstElement* element, std::uint64_t running);

} // namespace lm::mediasource
