#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/wsaudiosrc/gstwsaudiosrc.h"
#include "tests/support/wspeer.hpp"

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lm::test {

/// A wsaudiosrc in a harness with a test clock and a bus, listening on a free port.
class Source : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

    /// Sets the element playing; it listens from here on.
    void play();
    std::uint16_t port() const;
    static std::string target(const std::string& query = "sampleRate=48000&channels=2") {
        return "/egress-audio?" + query;
    }

    /// What came out up to EOS: all bytes, all events by type name in order, all buffers.
    struct Output {
        std::string audio;
        std::vector<Ref<GstBuffer>> buffers;
        std::vector<std::string> events;
        std::string caps;
    };
    Output pullToEos();
    Ref<GstBuffer> pull();

    /// The next element message of that name; fails the test when none comes.
    Ref<GstMessage> message(const char* name);
    guint64 number(const Ref<GstMessage>& message, const char* field);
    guint64 stat(const char* name) const;

    void setTime(GstClockTime time) { gst_harness_set_time(harness, time); }

    GstHarness* harness = nullptr;
    Ref<GstBus> bus;

private:
    /// The harness hands buffers over under a lock of GLib's, which ThreadSanitizer cannot see: this it can.
    std::atomic<unsigned> pushed_{0};
};

std::string bufferContent(GstBuffer* buffer);
/// Interleaved S16LE that does not repeat soon.
std::string noise(std::size_t bytes, unsigned seed = 1);

} // namespace lm::test
