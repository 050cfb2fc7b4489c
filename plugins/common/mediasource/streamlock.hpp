#pragma once

#include <gst/gst.h>

namespace lm::mediasource {

/// Holds the pad's stream lock, which is what a state change waits for after it has made the pad refuse.
class StreamLock {
public:
    explicit StreamLock(GstPad* pad) : pad_(pad) { GST_PAD_STREAM_LOCK(pad_); }
    ~StreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
    StreamLock(const StreamLock&) = delete;
    StreamLock& operator=(const StreamLock&) = delete;

private:
    GstPad* pad_;
};

} // namespace lm::mediasource
