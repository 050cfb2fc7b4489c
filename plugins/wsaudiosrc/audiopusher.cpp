#include "plugins/wsaudiosrc/audiopusher.hpp"

#include "plugins/common/mediasource/streamlock.hpp"
#include "plugins/common/mediasource/textframe.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/audiocaps.hpp"
#include "plugins/wsaudiosrc/silence.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;
using namespace lm::mediasource;

// Far below the number from which GstBuffer starts to merge, that is to copy.
constexpr std::size_t memoriesPerBuffer = 8;
// A real peer sends one in a while. More in one visit are counted and left alone: each costs a parse and a
// message and splits the audio, on a thread that other tracks share.
constexpr std::uint64_t textsPerVisit = 16;
// The silence of one visit: as much as a visit may read, so that the other tracks of the thread do not wait.
constexpr std::uint64_t silencePerVisit = 1 << 20;

std::uint64_t bytesOf(const std::vector<Ref<GstMemory>>& memories) {
    std::uint64_t bytes = 0;
    for (const auto& memory : memories)
        bytes += gst_memory_get_sizes(memory.get(), nullptr, nullptr);
    return bytes;
}

} // namespace

AudioPusher::AudioPusher(GstElement* element, GstPad* pad, AudioFormat format, PushSettings settings)
    : element_(element), pad_(pad), format_(format), settings_(settings), watch_(format),
      slicer_(format.rate, format.bytesPerFrame()), timeline_(format.rate),
      punctuality_(static_cast<std::int64_t>(settings.gapThreshold)),
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
    arrived_ += collectAudio();
    items_.emplace_back(std::string(text));
}

std::uint64_t AudioPusher::collectAudio() {
    auto audio = slicer_.take();
    if (audio.empty()) return 0;
    const std::uint64_t frames = bytesOf(audio) / format_.bytesPerFrame();
    if (watch_.wantsAudio()) examine(audio);
    heldFrames_ += frames;
    items_.emplace_back(std::move(audio));
    return frames;
}

std::optional<ingest::Refusal> AudioPusher::onVisitEnd(ingest::Clock::time_point) {
    arrived_ += collectAudio();
    if (std::exchange(textsInVisit_, 0) > textsPerVisit && !std::exchange(floodLogged_, true))
        GST_WARNING_OBJECT(element_,
                           "more than %" G_GUINT64_FORMAT " text frames at once: the rest is only counted",
                           textsPerVisit);
    if (!items_.empty() || silenceLeft_ > 0) {
        StreamLock lock(pad_);
        if (!judgeArrival(std::exchange(arrived_, 0))) pushHeld(silencePerVisit);
        publish();
    }
    if (refusing_) return ingest::Refusal();
    return std::nullopt;
}

void AudioPusher::pushHeld(std::uint64_t silence) {
    ensureStarted();
    if (!refusing_ && pushSilence(silence) && (silenceLeft_ > 0 || pushItems())) return;
    refusing_ = true;
    stats_.refusedBytes += heldFrames_ * format_.bytesPerFrame();
    items_.clear();
    heldFrames_ = silenceLeft_ = 0;
}

bool AudioPusher::pushSilence(std::uint64_t limit) {
    for (std::uint64_t pushed = 0; silenceLeft_ > 0 && pushed < limit;) {
        auto buffer = makeSilence(silenceLeft_ * format_.bytesPerFrame(), format_.bytesPerFrame());
        const std::uint64_t bytes = gst_buffer_get_size(buffer.get());
        silenceLeft_ -= bytes / format_.bytesPerFrame();
        pushed += bytes;
        if (!pushBuffer(std::move(buffer))) return false;
    }
    return true;
}

bool AudioPusher::pushItems() {
    for (auto& item : items_) {
        if (const auto* text = std::get_if<std::string>(&item)) {
            pushText(*text);
            continue;
        }
        auto& audio = std::get<Audio>(item);
        const std::uint64_t frames = bytesOf(audio) / format_.bytesPerFrame();
        if (settings_.dropMuted && muted_.value_or(false))
            drop(frames);
        else if (!pushAudio(std::move(audio)))
            return false;
    }
    items_.clear();
    return true;
}

void AudioPusher::drop(std::uint64_t frames) {
    timeline_.skip(nextSample_, timeline_.duration(frames));
    stats_.droppedSamples += frames;
    leftOut_ += frames;
    heldFrames_ -= frames;
    discontDue_ = anchorDue_ = true;
}

void AudioPusher::reportLeftOut() {
    const std::uint64_t frames = std::exchange(leftOut_, 0);
    if (frames > 0)
        post(gst_structure_new(names::msgLeftOut, "sample", G_TYPE_UINT64, nextSample_, "samples",
                               G_TYPE_UINT64, frames, "reason", G_TYPE_STRING, names::reasonMuted, nullptr));
}

bool AudioPusher::pushAudio(Audio audio) {
    for (std::size_t i = 0; i < audio.size();) {
        auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
        const std::size_t end = std::min(audio.size(), i + memoriesPerBuffer);
        for (; i < end; ++i)
            gst_buffer_append_memory(buffer.get(), audio[i].release());
        const std::uint64_t frames = gst_buffer_get_size(buffer.get()) / format_.bytesPerFrame();
        if (!pushBuffer(std::move(buffer))) return false;
        heldFrames_ -= frames;
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
    if (first) {
        firstUtc_ = timeline_.utc(0);
        post(gst_structure_new(names::msgStarted, "utc-ns", G_TYPE_INT64, firstUtc_, nullptr));
    }
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
    if (muted) {
        ++stats_.mutes;
        mutedSince_ = nextSample_;
    } else {
        stats_.mutedSamples += nextSample_ - mutedSince_;
        reportLeftOut();
        // The text may come a visit before the audio that follows the silence.
        mutedInSilence_ =
            !heard_ && timeline_.anchored() && runningTime() - lastArrival_ >= settings_.gapThreshold;
    }
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
    finish(info.clean);
    if (slicer_.incomplete() > 0)
        GST_WARNING_OBJECT(element_, "the stream ended inside a frame: %zu bytes are left over",
                           slicer_.incomplete());
    post(closedMessage(info, stats_, worstLateness_ ? worstLateness_() : std::chrono::nanoseconds(0)));
    pushEos();
}

void AudioPusher::finish(bool orderly) {
    StreamLock lock(pad_);
    const std::uint64_t running = runningTime();
    apply(punctuality_.finish(static_cast<std::int64_t>(running), orderly), running);
    // Nothing is put in behind the last audio: silence is left only when there is audio to come after it.
    if (!items_.empty() || silenceLeft_ > 0) pushHeld(std::numeric_limits<std::uint64_t>::max());
    if (!timeSettled_ && timeline_.anchored()) settleTime();
    if (muted_.value_or(false)) stats_.mutedSamples += nextSample_ - mutedSince_;
    reportLeftOut();
    muted_.reset();
    publish();
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
    stats_.format = format_;
    stats_.driftPpm = punctuality_.drift().value_or(std::numeric_limits<double>::quiet_NaN());
    if (timeline_.anchored()) stats_.utc = firstUtc_ + (timeSettled_ ? 0 : punctuality_.early());
    measureRate();
    *published_.lock() = stats_;
}

} // namespace lm::wsaudiosrc
