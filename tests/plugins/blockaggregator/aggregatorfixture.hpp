#pragma once

#include "plugins/blockaggregator/gstblockaggregator.h"
#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"

#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lm::test {

using Samples = std::vector<int16_t>;
using Blocks = std::vector<Samples>;

/// `count` samples that count upwards from `first` and wrap, so that any loss or disorder shows.
Samples ramp(size_t count, size_t first = 0);
Ref<GstBuffer> bufferOf(const Samples& samples, GstClockTime pts = GST_CLOCK_TIME_NONE);
Ref<GstBuffer> bufferOfBytes(const std::vector<uint8_t>& bytes, GstClockTime pts = GST_CLOCK_TIME_NONE);
Samples samplesIn(GstBuffer* buffer);
void setUtc(GstBuffer* buffer, guint64 utc);
/// 0 when there is none.
guint64 utcOf(GstBuffer* buffer);

/// A GstStructure's fields, typed by what is asked for.
class Fields {
public:
    explicit Fields(const GstStructure* fields) : fields_(gst_structure_copy(fields)) {}
    guint64 number(const char* name) const;
    gint64 signedNumber(const char* name) const;
    int integer(const char* name) const;
    double real(const char* name) const;
    std::string text(const char* name) const;

private:
    Owned<GstStructure> fields_;
};

/// The element in a harness of its own, with a bus. Mono at 1000 Hz unless said otherwise: a frame is a
/// millisecond.
class Aggregator {
public:
    explicit Aggregator(double groupSeconds = 0.1, std::function<void(GstElement*)> prepare = {});
    ~Aggregator();
    Aggregator(const Aggregator&) = delete;
    Aggregator& operator=(const Aggregator&) = delete;

    GstHarness* harness() const { return harness_; }
    GstElement* element() const { return harness_->element; }
    void setCaps(int rate, int channels);
    GstFlowReturn push(const Ref<GstBuffer>& buffer) {
        return gst_harness_push(harness_, Ref<GstBuffer>(buffer).release());
    }
    bool send(GstEvent* event) { return gst_harness_push_event(harness_, event) != FALSE; }
    /// The next block without waiting, or nothing.
    Ref<GstBuffer> tryPull() { return taken(gst_harness_try_pull(harness_)); }
    /// The next block, waiting for other threads; nothing after the deadline.
    Ref<GstBuffer> pull() { return taken(gst_harness_pull(harness_)); }
    Blocks pullAll();
    /// Messages of that name posted since the last call for it.
    std::vector<Fields> messages(const char* name = names::blockaggregator::msgBlock);
    Fields stats() const;

private:
    Ref<GstBuffer> taken(GstBuffer* buffer) const {
        (void)pushed_.load(std::memory_order_acquire);
        return Ref<GstBuffer>::adopt(buffer);
    }

    GstHarness* harness_;
    Ref<GstBus> bus_;
    std::vector<Ref<GstMessage>> posted_;
    /// The harness hands buffers over under a lock of GLib's, which ThreadSanitizer cannot see: this it can.
    std::atomic<unsigned> pushed_{0};
};

} // namespace lm::test
