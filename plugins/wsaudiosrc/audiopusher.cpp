#include "plugins/wsaudiosrc/audiopusher.hpp"

#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/textframe.hpp"

#include <gst/audio/audio.h>

GST_DEBUG_CATEGORY_EXTERN(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

// Far below the number from which GstBuffer starts to merge, that is to copy.
constexpr std::size_t memoriesPerBuffer = 8;
// A real peer sends one in a while. More in one visit are counted and left alone: each costs a parse and a
// message and splits the audio, on a thread that other tracks share.
constexpr std::uint64_t textsPerVisit = 16;

Ref<GstCaps> makeCaps(const AudioFormat& format) {
    GstAudioInfo info;
    GstAudioChannelPosition positions[maxChannels];
    const auto channels = static_cast<gint>(format.channels);
    const bool known =
        channels <= 8 && gst_audio_channel_positions_from_mask(
                             channels, gst_audio_channel_get_fallback_mask(channels), positions);
    if (!known && channels > 2)
        for (auto& position : positions)
            position = GST_AUDIO_CHANNEL_POSITION_NONE;
    gst_audio_info_set_format(&info, GST_AUDIO_FORMAT_S16LE, static_cast<gint>(format.rate), channels,
                              channels > 2 ? positions : nullptr);
    return Ref<GstCaps>::adopt(gst_audio_info_to_caps(&info));
}

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

std::uint64_t runningTime(GstElement* element) {
    const auto clock = Ref<GstClock>::adopt(gst_element_get_clock(element));
    if (!clock) return 0;
    const GstClockTime now = gst_clock_get_time(clock.get());
    const GstClockTime base = gst_element_get_base_time(element);
    return now > base ? now - base : 0;
}

} // namespace

AudioPusher::AudioPusher(GstElement* element, GstPad* pad, AudioFormat format, std::uint64_t gapThreshold)
    : element_(element), pad_(pad), format_(format), slicer_(format.rate, format.bytesPerFrame()),
      timeline_(format.rate, gapThreshold),
      utcCaps_(Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {}

void AudioPusher::onData(ws::Bytes piece, bool) {
    if (refusing_)
        stats_.refusedBytes += piece.size();
    else
        slicer_.append(piece);
}

void AudioPusher::onText(std::string_view text) {
    if (++textsInVisit_ > textsPerVisit || text.size() > maxTextBytes) {
        ++stats_.ignoredTexts;
        return;
    }
    collectAudio();
    items_.emplace_back(std::string(text));
}

void AudioPusher::collectAudio() {
    if (auto audio = slicer_.take(); !audio.empty()) items_.emplace_back(std::move(audio));
}

bool AudioPusher::onVisitEnd(ingest::Clock::time_point) {
    collectAudio();
    if (std::exchange(textsInVisit_, 0) > textsPerVisit && !std::exchange(floodLogged_, true))
        GST_WARNING_OBJECT(element_,
                           "more than %" G_GUINT64_FORMAT " text frames at once: the rest is only counted",
                           textsPerVisit);
    if (!items_.empty()) {
        StreamLock lock(pad_);
        const std::uint64_t bytes = stamp();
        const std::uint64_t before = stats_.samples;
        if (!pushItems()) refusing_ = true;
        stats_.refusedBytes += bytes - (stats_.samples - before) * format_.bytesPerFrame();
        items_.clear();
        publish();
    }
    return !refusing_;
}

std::uint64_t AudioPusher::stamp() {
    std::uint64_t bytes = 0;
    for (const auto& item : items_)
        if (const auto* audio = std::get_if<Audio>(&item))
            for (const auto& memory : *audio)
                bytes += gst_memory_get_sizes(memory.get(), nullptr, nullptr);
    if (bytes == 0) return 0;
    // The whole visit counts before its first buffer is stamped: only then can a burst be told from a gap.
    const std::uint64_t gap =
        timeline_.arrive(bytes / format_.bytesPerFrame(), runningTime(element_), g_get_real_time() * 1000);
    if (gap == 0) return bytes;
    discontDue_ = anchorDue_ = true;
    ++stats_.gaps;
    stats_.gapTime += gap;
    GST_WARNING_OBJECT(element_, "%" GST_TIME_FORMAT " of audio are missing before sample %" G_GUINT64_FORMAT,
                       GST_TIME_ARGS(gap), nextSample_);
    post(gst_structure_new(names::msgGap, "sample", G_TYPE_UINT64, nextSample_, "duration-ns", G_TYPE_UINT64,
                           gap, nullptr));
    return bytes;
}

bool AudioPusher::pushItems() {
    ensureStarted();
    for (auto& item : items_) {
        if (const auto* text = std::get_if<std::string>(&item))
            pushText(*text);
        else if (!pushAudio(std::move(std::get<Audio>(item))))
            return false;
    }
    return true;
}

bool AudioPusher::pushAudio(Audio audio) {
    for (std::size_t i = 0; i < audio.size();) {
        auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
        const std::size_t end = std::min(audio.size(), i + memoriesPerBuffer);
        for (; i < end; ++i)
            gst_buffer_append_memory(buffer.get(), audio[i].release());
        if (!pushBuffer(std::move(buffer))) return false;
    }
    return true;
}

bool AudioPusher::pushBuffer(Ref<GstBuffer> buffer) {
    const std::uint64_t frames = gst_buffer_get_size(buffer.get()) / format_.bytesPerFrame();
    const bool first = nextSample_ == 0;
    GST_BUFFER_OFFSET(buffer.get()) = nextSample_;
    GST_BUFFER_PTS(buffer.get()) = timeline_.pts(nextSample_);
    GST_BUFFER_DURATION(buffer.get()) = timeline_.pts(nextSample_ + frames) - GST_BUFFER_PTS(buffer.get());
    if (std::exchange(discontDue_, false)) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
    if (std::exchange(anchorDue_, false))
        gst_buffer_add_reference_timestamp_meta(buffer.get(), utcCaps_.get(),
                                                static_cast<GstClockTime>(timeline_.utc(nextSample_)),
                                                GST_CLOCK_TIME_NONE);
    if (first) post(gst_structure_new(names::msgStarted, "utc-ns", G_TYPE_INT64, timeline_.utc(0), nullptr));
    nextSample_ += frames;
    GST_BUFFER_OFFSET_END(buffer.get()) = nextSample_;

    const GstFlowReturn flow = gst_pad_push(pad_, buffer.release());
    if (flow == GST_FLOW_OK) {
        ++stats_.buffers;
        stats_.samples += frames;
        return true;
    }
    if (flow == GST_FLOW_FLUSHING && !GST_PAD_IS_FLUSHING(pad_)) {
        // A flush further down passes; the track does not end with it.
        discontDue_ = anchorDue_ = true;
        return true;
    }
    GST_INFO_OBJECT(element_, "downstream takes no more data: %s", gst_flow_get_name(flow));
    if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(element_, flow);
    return false;
}

void AudioPusher::pushText(const std::string& text) {
    const TextFrame frame = parseTextFrame(text);
    if (const auto* mute = std::get_if<MuteText>(&frame)) return pushMute(mute->muted);
    if (const auto* bad = std::get_if<BadText>(&frame)) {
        // Said once for a track: a peer that speaks another dialect would say it a hundred times a second.
        if (++stats_.badTexts > 1) return;
        GST_WARNING_OBJECT(element_, "a text frame was ignored: %s; further ones are only counted",
                           bad->reason.c_str());
        post(gst_structure_new(names::msgBadText, "reason", G_TYPE_STRING, bad->reason.c_str(), "count",
                               G_TYPE_UINT64, stats_.badTexts, nullptr));
    } else {
        post(gst_structure_new(names::msgText, "text", G_TYPE_STRING, text.c_str(), "sample", G_TYPE_UINT64,
                               nextSample_, nullptr));
    }
}

void AudioPusher::pushMute(bool muted) {
    if (std::exchange(muted_, muted) == muted) return;
    const auto describe = [&](const char* name) {
        return gst_structure_new(name, "muted", G_TYPE_BOOLEAN, static_cast<gboolean>(muted), "sample",
                                 G_TYPE_UINT64, nextSample_, nullptr);
    };
    gst_pad_push_event(pad_, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, describe(names::muteEvent)));
    post(describe(names::msgMuted));
}

void AudioPusher::ensureStarted() {
    if (std::exchange(started_, true)) return;
    const Owned<char> id(gst_pad_create_stream_id(pad_, element_, nullptr));
    GstEvent* streamStart = gst_event_new_stream_start(id.get());
    gst_event_set_group_id(streamStart, gst_util_group_id_next());
    gst_pad_push_event(pad_, streamStart);
    gst_pad_push_event(pad_, gst_event_new_caps(makeCaps(format_).get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_, gst_event_new_segment(&segment));
}

void AudioPusher::onClosed(const ingest::CloseInfo& info) {
    publish();
    if (slicer_.incomplete() > 0)
        GST_WARNING_OBJECT(element_, "the stream ended inside a frame: %zu bytes are left over",
                           slicer_.incomplete());
    const auto lateness = worstLateness_ ? worstLateness_().count() : 0;
    post(gst_structure_new(names::msgClosed, "code", G_TYPE_UINT, static_cast<guint>(info.code), "clean",
                           G_TYPE_BOOLEAN, static_cast<gboolean>(info.clean), "reason", G_TYPE_STRING,
                           info.reason.c_str(), "samples", G_TYPE_UINT64, stats_.samples, "bytes",
                           G_TYPE_UINT64, stats_.session.bytes, "messages", G_TYPE_UINT64,
                           stats_.session.messages, names::worstLateness, G_TYPE_UINT64,
                           static_cast<guint64>(lateness), nullptr));
    pushEos();
}

void AudioPusher::pushEos() {
    StreamLock lock(pad_);
    ensureStarted();
    gst_pad_push_event(pad_, gst_event_new_eos());
}

void AudioPusher::post(GstStructure* structure) {
    gst_element_post_message(element_, gst_message_new_element(GST_OBJECT_CAST(element_), structure));
}

void AudioPusher::publish() {
    if (sessionStats_) stats_.session = *sessionStats_;
    *published_.lock() = stats_;
}

} // namespace lm::wsaudiosrc
