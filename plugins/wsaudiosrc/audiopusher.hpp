#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/ingest/mediasession.hpp"
#include "plugins/wsaudiosrc/audioformat.hpp"
#include "plugins/wsaudiosrc/slicer.hpp"
#include "plugins/wsaudiosrc/timeline.hpp"

#include <functional>
#include <optional>
#include <variant>

namespace lm::wsaudiosrc {

/// What has come through so far; read by the `stats` property.
struct PushStats {
    std::uint64_t samples = 0; // frames pushed
    std::uint64_t buffers = 0;
    std::uint64_t gaps = 0;
    std::uint64_t gapTime = 0; // ns
    std::uint64_t badTexts = 0;
    std::uint64_t ignoredTexts = 0; // too long, or too many at once
    std::uint64_t refusedBytes = 0; // arrived after downstream refused further data
    ingest::SessionStats session;
};

/// The GStreamer end of a session: makes buffers, events and messages of what arrives and pushes them from
/// the ingest thread. Whatever one visit brings becomes one buffer, more only around a text frame or for very
/// large visits.
class AudioPusher : public ingest::SessionOutput {
public:
    /// Borrowed: the element and its source pad, which outlive the pusher.
    AudioPusher(GstElement* element, GstPad* pad, AudioFormat format, std::uint64_t gapThreshold);

    void onData(ws::Bytes piece, bool end) override;
    void onText(std::string_view text) override;
    bool onVisitEnd(ingest::Clock::time_point now) override;
    void onClosed(const ingest::CloseInfo& info) override;

    /// Ends the stream without a session: nobody had connected. Not concurrently with the calls above.
    void pushEos();

    /// Any thread.
    PushStats stats() { return published_.copy(); }
    /// Where the session's own numbers are read when `stats` are published.
    void setSession(const ingest::SessionStats* stats) { sessionStats_ = stats; }
    void setPool(std::function<std::chrono::nanoseconds()> worstLateness) {
        worstLateness_ = std::move(worstLateness);
    }
    AudioFormat format() const { return format_; }

private:
    using Audio = std::vector<Ref<GstMemory>>;
    using Item = std::variant<Audio, std::string>;

    void collectAudio();
    /// Gives the visit its time; returns its bytes of audio.
    std::uint64_t stamp();
    bool pushItems();
    bool pushAudio(Audio audio);
    bool pushBuffer(Ref<GstBuffer> buffer);
    void pushText(const std::string& text);
    void pushMute(bool muted);
    void ensureStarted();
    void post(GstStructure* structure);
    void publish();

    GstElement* const element_;
    GstPad* const pad_;
    const AudioFormat format_;
    Slicer slicer_;
    Timeline timeline_;
    Ref<GstCaps> utcCaps_;

    std::vector<Item> items_;      // of this visit, in order
    std::uint64_t nextSample_ = 0; // the first one not pushed
    bool started_ = false;         // stream-start, caps and segment are out
    bool anchorDue_ = true;        // the next buffer carries the wall clock
    bool discontDue_ = true;
    std::uint64_t textsInVisit_ = 0;
    bool floodLogged_ = false;
    std::optional<bool> muted_; // as the peer said last
    bool refusing_ = false;     // downstream wants nothing more
    PushStats stats_;
    const ingest::SessionStats* sessionStats_ = nullptr;
    std::function<std::chrono::nanoseconds()> worstLateness_;
    Guarded<PushStats> published_;
};

} // namespace lm::wsaudiosrc
