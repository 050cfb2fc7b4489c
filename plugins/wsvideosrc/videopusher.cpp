#include "plugins/wsvideosrc/videopusher.hpp"

#include "plugins/common/mediasource/clocks.hpp"
#include "plugins/common/mediasource/streamlock.hpp"
#include "plugins/common/mediasource/textframe.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wsvideosrc/videocaps.hpp"

GST_DEBUG_CATEGORY_EXTERN(gst_ws_video_src_debug);
#define GST_CAT_DEFAULT gst_ws_video_src_debug

namespace lm::wsvideosrc {
namespace {

namespace names = lm::names::wsvideosrc;
using namespace lm::mediasource;

// A real peer sends one in a while; each costs a parse and a message on a thread that other tracks share.
constexpr std::size_t textsPerVisit = 16;
constexpr std::uint64_t millisecond = 1'000'000;
// An access unit of several messages; beyond it the stream is no stream.
constexpr std::size_t messagesPerFrame = 8;

std::uint16_t closeCode(Framer::Fault fault) {
    if (fault == Framer::Fault::TooLarge) return ws::closecode::TooBig;
    return fault == Framer::Fault::Broken ? ws::closecode::InvalidPayload : ws::closecode::UnsupportedData;
}

Ref<GstBuffer> wrap(std::vector<std::uint8_t> data) {
    auto* owned = new std::vector<std::uint8_t>(std::move(data));
    return Ref<GstBuffer>::adopt(gst_buffer_new_wrapped_full(
        static_cast<GstMemoryFlags>(0), owned->data(), owned->size(), 0, owned->size(), owned,
        [](gpointer vector) { delete static_cast<std::vector<std::uint8_t>*>(vector); }));
}

} // namespace

VideoPusher::VideoPusher(GstElement* element, GstPad* pad, PushSettings settings)
    : element_(element), pad_(pad), settings_(settings),
      framer_(settings.codec, settings.maxMessageBytes * messagesPerFrame), clock_(settings.contextWait),
      utcCaps_(Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {}

void VideoPusher::onData(ws::Bytes piece, bool end) {
    if (refusing_ || refusal_) {
        stats_.refusedBytes += piece.size();
        return;
    }
    const auto taken = [this](Frame frame) { keep(std::move(frame)); };
    if (end && message_.empty()) return framer_.message(piece, taken);
    message_.insert(message_.end(), piece.begin(), piece.end());
    if (!end) return;
    framer_.message(message_, taken);
    message_.clear();
}

void VideoPusher::keep(Frame frame) {
    if (!refusal_ && budget_.take()) return frames_.push_back(std::move(frame));
    stats_.refusedBytes += frame.data.size();
    if (!refusal_)
        refusal_ = {ws::closecode::PolicyViolation, "more than 1000 frames a second: this is no video"};
}

void VideoPusher::onText(std::string_view text) {
    if (texts_.size() >= textsPerVisit || text.size() > maxTextBytes)
        ++stats_.ignoredTexts;
    else
        texts_.emplace_back(text);
}

std::optional<ingest::Refusal> VideoPusher::onVisitEnd(ingest::Clock::time_point now) {
    StreamLock lock(pad_);
    pushPending();
    budget_.refill(now);
    publish();
    judge();
    if (refusing_) return ingest::Refusal();
    return refusal_;
}

/// Behind such a fault nothing can be made of what comes: the sender is told.
void VideoPusher::judge() {
    if (refusal_ || !framer_.fault()) return;
    refusal_ = {closeCode(*framer_.fault()), framer_.problem()};
}

void VideoPusher::pushPending() {
    complain();
    if (!frames_.empty()) {
        const auto times = clock_.place(runningTime(element_) / millisecond, frames_.size());
        for (std::size_t i = 0; i < frames_.size(); ++i) {
            if (!refusing_ && pushFrame(std::move(frames_[i]), times[i])) continue;
            refusing_ = true;
        }
        frames_.clear();
    }
    if (std::exchange(sizeChanged_, false)) // once a visit: a sender may change it with every frame
        post(gst_structure_new(names::msgResolution, "width", G_TYPE_INT,
                               static_cast<gint>(stats_.size.width), "height", G_TYPE_INT,
                               static_cast<gint>(stats_.size.height), nullptr));
    for (const std::string& text : texts_)
        pushText(text);
    texts_.clear();
}

/// What is odd is said once for a track; the rest is counted.
void VideoPusher::complain() {
    const auto stats = framer_.stats();
    if (stats.beforeKey > 0 && stats_.frames == 0 && !std::exchange(waitingTold_, true)) {
        GST_WARNING_OBJECT(element_, "the first frame is no key frame: frames are dropped until one comes");
        post(gst_structure_new_empty(names::msgWaiting));
    }
    if (framer_.reordered() && !std::exchange(reorderingTold_, true)) {
        GST_WARNING_OBJECT(element_,
                           "the video has B-frames, whose times are not those at which they are shown");
        post(gst_structure_new_empty(names::msgReordered));
    }
    // A flood, too: the peer may have closed the connection before it is ended for that.
    const std::string& problem = framer_.problem().empty() && refusal_ ? refusal_->reason : framer_.problem();
    if (problem.empty() || std::exchange(problemTold_, true)) return;
    GST_WARNING_OBJECT(element_, "data that is no video of this codec is dropped: %s", problem.c_str());
    post(gst_structure_new(names::msgBadData, "reason", G_TYPE_STRING, problem.c_str(), nullptr));
}

/// A connection that brought something and left no recording is no quiet end.
void VideoPusher::complainOfNothing() {
    if (stats_.frames > 0 || stats_.session.bytes == 0 || refusing_) return;
    const std::string reason = !framer_.problem().empty()      ? framer_.problem()
                               : framer_.stats().beforeKey > 0 ? "no key frame came"
                                                               : "no whole frame came";
    GST_WARNING_OBJECT(element_, "nothing was received that can be recorded: %s", reason.c_str());
    post(gst_structure_new(names::msgNothing, "reason", G_TYPE_STRING, reason.c_str(), nullptr));
}

bool VideoPusher::pushFrame(Frame frame, std::uint64_t position) {
    ensureStarted();
    if (frame.size) setSize(*frame.size);
    const bool first = stats_.frames == 0;
    auto buffer = wrap(std::move(frame.data));
    GST_BUFFER_OFFSET(buffer.get()) = position;
    GST_BUFFER_OFFSET_END(buffer.get()) = position + 1;
    GST_BUFFER_PTS(buffer.get()) = GST_BUFFER_DTS(buffer.get()) = (clock_.origin() + position) * millisecond;
    if (!frame.key) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
    if (first || frame.behindLoss) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DISCONT);
    if (first) {
        stats_.utc = utcAt(element_, clock_.origin() * millisecond);
        post(gst_structure_new(names::msgStarted, "utc-ns", G_TYPE_INT64, stats_.utc, "dropped-frames",
                               G_TYPE_UINT64, guint64{framer_.stats().beforeKey}, "framing", G_TYPE_STRING,
                               framingName(framer_.framing()), nullptr));
        gst_buffer_add_reference_timestamp_meta(buffer.get(), utcCaps_.get(),
                                                static_cast<GstClockTime>(stats_.utc), GST_CLOCK_TIME_NONE);
    } else {
        stats_.largestGap = std::max(stats_.largestGap, position + 1 - stats_.end);
    }
    ++stats_.frames;
    if (frame.key) ++stats_.keyFrames;
    stats_.end = position + 1;
    const GstFlowReturn flow = gst_pad_push(pad_, buffer.release());
    if (flow == GST_FLOW_OK) return true;
    if (flow == GST_FLOW_FLUSHING && !GST_PAD_IS_FLUSHING(pad_)) return true;
    GST_INFO_OBJECT(element_, "downstream takes no more data: %s", gst_flow_get_name(flow));
    if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) GST_ELEMENT_FLOW_ERROR(element_, flow);
    return false;
}

/// Decoders find a change of size in the stream; the caps keep the first one, because a Matroska track does.
void VideoPusher::setSize(video::Size size) {
    if (stats_.size == size) return;
    const bool first = stats_.size == video::Size{};
    stats_.size = size;
    if (first) {
        gst_pad_push_event(pad_, gst_event_new_caps(makeCaps(settings_.codec, size).get()));
        GstSegment segment;
        gst_segment_init(&segment, GST_FORMAT_TIME);
        gst_pad_push_event(pad_, gst_event_new_segment(&segment));
    } else {
        ++stats_.resolutions;
    }
    sizeChanged_ = true;
}

void VideoPusher::ensureStarted() {
    if (std::exchange(started_, true)) return;
    const Owned<char> id(gst_pad_create_stream_id(pad_, element_, nullptr));
    GstEvent* streamStart = gst_event_new_stream_start(id.get());
    gst_event_set_group_id(streamStart, gst_util_group_id_next());
    gst_pad_push_event(pad_, streamStart);
    if (settings_.codec != video::Codec::H264) return; // the size comes first
    gst_pad_push_event(pad_, gst_event_new_caps(makeCaps(settings_.codec, {}).get()));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_, gst_event_new_segment(&segment));
}

void VideoPusher::pushText(const std::string& text) {
    const TextFrame frame = parseTextFrame(text);
    if (const auto* mute = std::get_if<MuteText>(&frame)) {
        if (std::exchange(muted_, mute->muted) == mute->muted) return;
        if (mute->muted) ++stats_.mutes;
        post(gst_structure_new(names::msgMuted, "muted", G_TYPE_BOOLEAN, static_cast<gboolean>(mute->muted),
                               "sample", G_TYPE_UINT64, guint64{stats_.end}, nullptr));
    } else if (const auto* bad = std::get_if<BadText>(&frame)) {
        if (++stats_.badTexts > 1) return;
        post(gst_structure_new(names::msgBadText, "reason", G_TYPE_STRING, bad->reason.c_str(), "count",
                               G_TYPE_UINT64, guint64{1}, nullptr));
    } else {
        post(gst_structure_new(names::msgText, "text", G_TYPE_STRING, text.c_str(), "sample", G_TYPE_UINT64,
                               guint64{stats_.end}, nullptr));
    }
}

void VideoPusher::onClosed(const ingest::CloseInfo& info) {
    {
        StreamLock lock(pad_);
        framer_.finish([this](Frame frame) { keep(std::move(frame)); });
        pushPending();
        publish();
    }
    complainOfNothing();
    GstStructure* closed = makeStats(stats_);
    gst_structure_set_name(closed, names::msgClosed);
    gst_structure_set(closed, "code", G_TYPE_UINT, guint{info.code}, "clean", G_TYPE_BOOLEAN,
                      static_cast<gboolean>(info.clean), "reason", G_TYPE_STRING, info.reason.c_str(),
                      names::worstLateness, G_TYPE_UINT64,
                      static_cast<guint64>(worstLateness_ ? worstLateness_().count() : 0), nullptr);
    post(closed);
    pushEos();
}

void VideoPusher::pushEos() {
    StreamLock lock(pad_);
    ensureStarted();
    gst_pad_push_event(pad_, gst_event_new_eos());
}

void VideoPusher::post(GstStructure* structure) {
    gst_element_post_message(element_, gst_message_new_element(GST_OBJECT_CAST(element_), structure));
}

void VideoPusher::publish() {
    if (sessionStats_) stats_.session = *sessionStats_;
    stats_.framer = framer_.stats();
    stats_.framing = framer_.framing();
    *published_.lock() = stats_;
}

GstStructure* makeStats(const PushStats& s) {
    return gst_structure_new(
        "stats", "samples", G_TYPE_UINT64, guint64{s.end}, "frames", G_TYPE_UINT64, guint64{s.frames},
        "key-frames", G_TYPE_UINT64, guint64{s.keyFrames}, "dropped-frames", G_TYPE_UINT64,
        guint64{s.framer.beforeKey}, "bad-frames", G_TYPE_UINT64, guint64{s.framer.bad}, "dropped-bytes",
        G_TYPE_UINT64, guint64{s.framer.droppedBytes}, "resolutions", G_TYPE_UINT64, guint64{s.resolutions},
        "largest-gap-ms", G_TYPE_UINT64, guint64{s.largestGap}, "mutes", G_TYPE_UINT64, guint64{s.mutes},
        "bad-texts", G_TYPE_UINT64, guint64{s.badTexts}, "ignored-texts", G_TYPE_UINT64,
        guint64{s.ignoredTexts}, "refused-bytes", G_TYPE_UINT64, guint64{s.refusedBytes}, "bytes",
        G_TYPE_UINT64, guint64{s.session.bytes}, "messages", G_TYPE_UINT64, guint64{s.session.messages},
        "width", G_TYPE_INT, static_cast<gint>(s.size.width), "height", G_TYPE_INT,
        static_cast<gint>(s.size.height), "framing", G_TYPE_STRING, framingName(s.framing), "utc-ns",
        G_TYPE_INT64, gint64{s.utc}, nullptr);
}

} // namespace lm::wsvideosrc
