#pragma once

#include "plugins/common/handles.hpp"

#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <functional>
#include <string>
#include <vector>

namespace lm::test {

/// A new imentivsink (registered statically), floating reference taken, with its endpoint set when not empty.
Ref<GstElement> makeSink(const std::string& endpoint);

/// `frames` stereo frames of 48 kHz, every byte of which tells where it stands in the block and which block
/// it is.
std::string pattern(unsigned block, std::size_t frames = 480);
GstBuffer* bufferOf(const std::string& bytes);

/// An imentivsink in PLAYING with a source pad in front and a bus of its own.
class SinkRig {
public:
    using Setup = std::function<void(GstElement*)>;
    static constexpr const char* kCaps = "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2";

    explicit SinkRig(const std::string& endpoint, const Setup& setup = {});
    ~SinkRig();
    SinkRig(const SinkRig&) = delete;
    SinkRig& operator=(const SinkRig&) = delete;

    GstElement* sink() const { return sink_.get(); }
    GstHarness* harness() const { return harness_; }

    GstFlowReturn push(const std::string& bytes);
    void pushBlocks(unsigned count, unsigned first = 0);
    bool sendEos(guint32 seqnum = 0);

    /// The next `count` messages of that name (or "eos"), in order; fewer when the deadline (20 s) came
    /// first. What else was posted meanwhile is in `seen`.
    std::vector<Ref<GstMessage>> expect(const std::string& name, std::size_t count = 1);
    /// Names of all messages taken so far and of those waiting, in order: element messages, "eos", "error".
    std::vector<std::string> seen();
    std::size_t countSeen(const std::string& name);
    std::string everythingPosted();

    guint64 stat(const char* name) const;

private:
    void record(GstMessage* message);

    Ref<GstElement> sink_;
    Ref<GstBus> bus_;
    GstHarness* harness_ = nullptr;
    std::vector<std::string> seen_;
    std::string posted_;
};

std::string nameOf(GstMessage* message);
guint64 number(const Ref<GstMessage>& message, const char* field);
bool flag(const Ref<GstMessage>& message, const char* field);
std::string text(const Ref<GstMessage>& message, const char* field);

} // namespace lm::test
