#pragma once

namespace lm::daemon {

/// Sends what GStreamer logs (the variable GST_DEBUG decides what) through the daemon's log, in its format:
/// component `gst/<category>`, the object, and the track when it is an element of one. After gst_init.
void captureGstreamer();

} // namespace lm::daemon
