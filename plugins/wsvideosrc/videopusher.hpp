#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/mediasource/pusher.hpp"
#include "plugins/wsvideosrc/arrivalclock.hpp"
#include "plugins/wsvideosrc/framebudget.hpp"
#include "plugins/wsvideosrc/framer.hpp"

#include <gst/gst.h>

#include <variant>

namespace lm::wsvideosrc {

struct PushSettings {
    video::Codec codec = video::Codec::H264;
    std::uint64_t contextWait = 75; // ms
    std::uint64_t maxMessageBytes = 1 << 20;
};

/// What has come through so far. Positions are milliseconds from the first frame.
struct PushStats {
    std::uint64_t frames = 0; // pushed
    std::uint64_t keyFrames = 0;
    std::uint64_t end = 0; // behind the last frame
    std::uint64_t badTexts = 0;
    std::uint64_t ignoredTexts = 0;
    std::uint64_t mutes = 0;
    std::uint64_t resolutions = 0; // changes
    std::uint64_t refusedBytes = 0;
    std::uint64_t largestGap = 0; // ms between two frames
    std::int64_t utc = 0;         // of the first frame, ns
    video::Size size;
    Framing framing = Framing::Unknown;
    Framer::Stats framer;
    ingest::SessionStats session;
};

GstStructure* makeStats(const PushStats& stats);

/// The GStreamer end of a session of video: one buffer a frame, pushed from the ingest thread, the first one
/// a key frame. Times are those of arrival; positions (`offset`) are milliseconds from the first frame.
class VideoPusher : public mediasource::Pusher {
public:
    /// Borrowed: the element and its source pad, which outlive the pusher.
    VideoPusher(GstElement* element, GstPad* pad, PushSettings settings);

    void onData(ws::Bytes piece, bool end) override;
    void onText(std::string_view text) override;
    std::optional<ingest::Refusal> onVisitEnd(ingest::Clock::time_point now) override;
    void onClosed(const ingest::CloseInfo& info) override;
    void pushEos() override;
    void setSession(const ingest::SessionStats* stats) override { sessionStats_ = stats; }
    void setPool(std::function<std::chrono::nanoseconds()> worstLateness) override {
        worstLateness_ = std::move(worstLateness);
    }

    /// Any thread.
    PushStats stats() { return published_.copy(); }

private:
    void pushPending();
    bool pushFrame(Frame frame, std::uint64_t position);
    void ensureStarted();
    void setSize(video::Size size);
    void pushText(const std::string& text);
    void keep(Frame frame);
    void judge();
    void complain();
    void complainOfNothing();
    void post(GstStructure* structure);
    void publish();

    GstElement* const element_;
    GstPad* const pad_;
    const PushSettings settings_;
    Framer framer_;
    ArrivalClock clock_;
    Ref<GstCaps> utcCaps_;

    std::vector<std::uint8_t> message_;
    std::vector<Frame> frames_;              // of this visit
    std::vector<std::string> texts_;         // of this visit
    bool started_ = false;                   // stream-start, caps and segment are out
    bool refusing_ = false;                  // downstream wants nothing more
    std::optional<ingest::Refusal> refusal_; // what came is nothing that can be taken
    FrameBudget budget_;
    bool sizeChanged_ = false; // since it was told
    bool waitingTold_ = false;
    bool reorderingTold_ = false;
    bool problemTold_ = false;
    std::optional<bool> muted_;
    PushStats stats_;
    const ingest::SessionStats* sessionStats_ = nullptr;
    std::function<std::chrono::nanoseconds()> worstLateness_;
    Guarded<PushStats> published_;
};

} // namespace lm::wsvideosrc
