#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/mediasource/clocks.hpp"
#include "plugins/common/mediasource/pusher.hpp"
#include "plugins/wsaudiosrc/formatwatch.hpp"
#include "plugins/wsaudiosrc/slicer.hpp"
#include "plugins/wsaudiosrc/timeline.hpp"
#include "plugins/wsaudiosrc/trackreport.hpp"

#include <functional>
#include <optional>
#include <variant>

namespace lm::wsaudiosrc {

/// What the pusher does with time and silence.
struct PushSettings {
    std::uint64_t gapThreshold = 1'000'000'000; // ns
    std::uint64_t maxFill = 60'000'000'000;     // ns of silence in a gap at the most, and 16 MiB
    bool dropMuted = false;                     // audio that comes while the peer says it is muted
    bool correctFormat = false;                 // downstream copes with new caps
};

/// The GStreamer end of a session: makes buffers, events and messages of what arrives and pushes them from
/// the ingest thread. Whatever one visit brings becomes one buffer, more only around a text frame or for very
/// large visits. Missing audio is made up with silence, so that a position in the stream is a time. While it
/// is not decided whether audio is missing or late, what has come is held: two seconds and two megabytes at
/// the most.
class AudioPusher : public mediasource::Pusher {
public:
    /// Borrowed: the element and its source pad, which outlive the pusher.
    AudioPusher(GstElement* element, GstPad* pad, AudioFormat format, PushSettings settings);

    void onData(ws::Bytes piece, bool end) override;
    void onText(std::string_view text) override;
    std::optional<ingest::Refusal> onVisitEnd(ingest::Clock::time_point now) override;
    void onClosed(const ingest::CloseInfo& info) override;

    void pushEos() override;

    /// Any thread.
    PushStats stats() { return published_.copy(); }
    void setSession(const ingest::SessionStats* stats) override { sessionStats_ = stats; }
    void setPool(std::function<std::chrono::nanoseconds()> worstLateness) override {
        worstLateness_ = std::move(worstLateness);
    }

private:
    using Audio = std::vector<Ref<GstMemory>>;
    using Item = std::variant<Audio, std::string>;

    /// Returns the frames that came.
    std::uint64_t collectAudio();
    std::uint64_t runningTime() const { return mediasource::runningTime(element_); }
    /// Gives the visit its time; true to hold what has come.
    bool judgeArrival(std::uint64_t frames);
    void apply(const Judgement& judgement, std::uint64_t running);
    void makeUp(std::uint64_t missing, bool paced);
    std::uint64_t mostSilence() const;
    void reportStall(const Stall& stall, std::uint64_t missing, std::uint64_t running);
    /// Everything that is held, silence first, of which at most `silence` bytes; the rest waits for another
    /// visit.
    void pushHeld(std::uint64_t silence);
    /// Tells downstream how much earlier than told the first audio was, once it is known.
    void settleTime();
    void examine(const Audio& audio);
    void raise(const FormatAlarm& alarm, std::uint64_t running);
    /// From here on the stream is what it is, not what it was declared to be.
    void correct(AudioFormat format, std::uint64_t running);
    bool alignTo(std::uint32_t frameBytes);
    void sliceAgain();
    bool pushSilence(std::uint64_t limit);
    bool pushItems();
    bool pushAudio(Audio audio);
    void drop(std::uint64_t frames);
    void reportLeftOut();
    bool pushBuffer(Ref<GstBuffer> buffer);
    void pushText(const std::string& text);
    void pushMute(bool muted);
    /// Whether the silence on the wire that ends now is a mute's.
    bool wasMuted() const { return mutedInSilence_ || muted_.value_or(false); }
    void ensureStarted();
    void post(GstStructure* structure);
    void finish(bool orderly);
    void measureRate();
    void publish();

    GstElement* const element_;
    GstPad* const pad_;
    AudioFormat format_;
    const PushSettings settings_;
    FormatWatch watch_;
    Slicer slicer_;
    Timeline timeline_;
    Punctuality punctuality_;
    Ref<GstCaps> utcCaps_;

    std::vector<Item> items_;        // of this visit and those held before it, in order
    std::uint64_t arrived_ = 0;      // frames of this visit
    std::uint64_t heldFrames_ = 0;   // in items_
    std::uint64_t silenceLeft_ = 0;  // frames of silence to push before items_
    std::uint64_t nextSample_ = 0;   // the first one not pushed
    std::uint64_t mutedSince_ = 0;   // position
    std::uint64_t leftOut_ = 0;      // frames, since the mute
    std::uint64_t firstArrival_ = 0; // running time
    std::uint64_t lastArrival_ = 0;
    std::uint64_t arrivedLater_ = 0; // frames that came after the first arrival
    std::int64_t firstUtc_ = 0;
    bool started_ = false;  // stream-start, caps and segment are out
    bool anchorDue_ = true; // the next buffer carries the wall clock
    bool timeSettled_ = false;
    bool discontDue_ = true;
    std::uint64_t textsInVisit_ = 0;
    bool floodLogged_ = false;
    std::optional<bool> muted_;   // as the peer said last
    bool heard_ = false;          // audio came in this visit
    bool mutedInSilence_ = false; // a mute ended in the silence on the wire that still lasts
    bool refusing_ = false;       // downstream wants nothing more
    PushStats stats_;
    const ingest::SessionStats* sessionStats_ = nullptr;
    std::function<std::chrono::nanoseconds()> worstLateness_;
    Guarded<PushStats> published_;
};

} // namespace lm::wsaudiosrc
