#include "plugins/blockaggregator/state.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handedcall.hpp"
#include "plugins/common/names.hpp"

#include <chrono>
#include <functional>
#include <future>

#define GST_CAT_DEFAULT gst_block_aggregator_debug

namespace lm::blockaggregator {

namespace {

/// How long a FLUSH_START waits for the partial block to go downstream before it goes itself.
constexpr std::chrono::milliseconds flushGrace{100};

/// Runs `job` soon on another thread, under the stream lock, if the element still runs then.
void underStreamLock(GstBlockAggregator* self, std::function<void()> job) {
    auto locked = [self, job = std::move(job)] {
        State& state = *self->state;
        GST_PAD_STREAM_LOCK(state.sink);
        if (state.running) job();
        GST_PAD_STREAM_UNLOCK(state.sink);
        state.left.give();
    };
    gst_element_call_async(
        GST_ELEMENT(self),
        [](GstElement*, gpointer call) {
            fence("blockaggregator job", [&] { static_cast<HandedCall*>(call)->run(); });
        },
        new HandedCall(std::move(locked)), [](gpointer call) { delete static_cast<HandedCall*>(call); });
}

GstFlowReturn refuseEarly(GstBlockAggregator* self, GstBuffer* buffer) {
    State& state = *self->state;
    state.assembler->refuse(gst_buffer_get_size(buffer));
    publishStats(self);
    return std::exchange(state.refused, GST_FLOW_OK);
}

GstFlowReturn take(GstBlockAggregator* self, GstBuffer* buffer) {
    State& state = *self->state;
    if (!state.assembler) return GST_FLOW_FLUSHING;
    if (!state.assembler->hasFormat()) {
        GST_ELEMENT_ERROR(self, CORE, NEGOTIATION, ("Audio arrived before its format (caps)."), (nullptr));
        return GST_FLOW_NOT_NEGOTIATED;
    }
    if (state.refused != GST_FLOW_OK) return refuseEarly(self, buffer);
    const GstFlowReturn flow = state.assembler->add(buffer);
    publishStats(self);
    // Once what waits can be seen: a period that ends before has nothing to flush and begins no other.
    state.idle.touch();
    return flow;
}

/// What upstream hears. An isolated branch of a tee must not end the others: the drops are counted, the
/// element that failed has said why.
GstFlowReturn answer(GstBlockAggregator* self, GstFlowReturn flow) {
    return self->state->isolate ? GST_FLOW_OK : flow;
}

/// Before FLUSH_START goes on. Audio that was received is worth more than a prompt flush, but downstream may
/// be blocked exactly until that event comes: so another thread pushes, and is given a limited time.
void saveFromFlush(GstBlockAggregator* self) {
    State& state = *self->state;
    if (state.pendingFrames == 0) return;
    auto done = std::make_shared<std::promise<void>>();
    auto saved = done->get_future();
    underStreamLock(self, [self, done, at = state.flushes.load()] {
        if (self->state->flushes == at) endBlock(self, Reason::flush);
        done->set_value();
    });
    if (saved.wait_for(flushGrace) == std::future_status::timeout)
        GST_INFO_OBJECT(self, "downstream is blocked: the current block cannot be saved from the flush");
}

void afterFlush(GstBlockAggregator* self) {
    State& state = *self->state;
    ++state.flushes;
    state.refused = GST_FLOW_OK;
    state.segment.reset();
    if (!state.assembler) return;
    state.assembler->discard();
    publishStats(self);
}

bool newCaps(GstBlockAggregator* self, GstEvent* event) {
    State& state = *self->state;
    GstCaps* caps = nullptr;
    gst_event_parse_caps(event, &caps);
    const GstStructure* fields = gst_caps_get_structure(caps, 0);
    int rate = 0;
    int channels = 0;
    if (!state.assembler || !gst_structure_get_int(fields, "rate", &rate) ||
        !gst_structure_get_int(fields, "channels", &channels) || rate <= 0 || channels <= 0)
        return false;
    const GstFlowReturn flow =
        state.assembler->setFormat({static_cast<uint32_t>(rate), static_cast<uint32_t>(channels)});
    if (flow != GST_FLOW_OK) state.refused = flow;
    publishStats(self);
    const uint64_t latency = state.assembler->latencyNs();
    if (state.latencyNs.exchange(latency) != latency)
        gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
    return true;
}

/// The caps that follow say the same once more and change nothing.
void correctFormat(GstBlockAggregator* self, GstEvent* event) {
    State& state = *self->state;
    int rate = 0;
    int channels = 0;
    if (!state.assembler ||
        !gst_structure_get(gst_event_get_structure(event), "rate", G_TYPE_INT, &rate, "channels", G_TYPE_INT,
                           &channels, nullptr) ||
        rate <= 0 || channels <= 0)
        return;
    const GstFlowReturn flow =
        state.assembler->correctFormat({static_cast<uint32_t>(rate), static_cast<uint32_t>(channels)});
    if (flow != GST_FLOW_OK) state.refused = flow;
    publishStats(self);
}

void setMuted(GstBlockAggregator* self, GstEvent* event) {
    State& state = *self->state;
    gboolean muted = FALSE;
    if (!state.assembler || !gst_structure_get_boolean(gst_event_get_structure(event), "muted", &muted))
        return;
    tell(self, state.sound.setMuted(muted != FALSE), state.assembler->position());
}

void newSegment(GstBlockAggregator* self, GstEvent* event) {
    State& state = *self->state;
    const GstSegment* segment = nullptr;
    gst_event_parse_segment(event, &segment);
    if (state.segment && gst_segment_is_equal(&*state.segment, segment)) return;
    if (state.segment) endBlock(self, Reason::discont);
    state.segment = *segment;
    if (state.assembler) state.assembler->newSegment();
}

/// What an event does to the current block; false refuses the event.
bool apply(GstBlockAggregator* self, GstEvent* event) {
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_CAPS:
        return newCaps(self, event);
    case GST_EVENT_SEGMENT:
        newSegment(self, event);
        break;
    case GST_EVENT_STREAM_START:
    case GST_EVENT_GAP:
        endBlock(self, Reason::discont);
        break;
    case GST_EVENT_SEGMENT_DONE:
        endBlock(self, Reason::flush);
        break;
    case GST_EVENT_EOS:
        endBlock(self, Reason::eos);
        break;
    case GST_EVENT_FLUSH_START:
        saveFromFlush(self);
        break;
    case GST_EVENT_FLUSH_STOP:
        afterFlush(self);
        break;
    default:
        if (gst_event_has_name(event, names::blockaggregator::flushEvent)) endBlock(self, Reason::flush);
        if (gst_event_has_name(event, names::wsaudiosrc::formatEvent)) correctFormat(self, event);
        if (gst_event_has_name(event, names::wsaudiosrc::muteEvent)) setMuted(self, event);
        gint64 shift = 0;
        if (gst_event_has_name(event, names::wsaudiosrc::timeEvent) && self->state->assembler &&
            gst_structure_get_int64(gst_event_get_structure(event), "shift-ns", &shift))
            self->state->assembler->shiftUtc(shift);
    }
    return true;
}

} // namespace

GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
    const auto owned = Ref<GstBuffer>::adopt(buffer);
    return fence("blockaggregator chain", GST_FLOW_ERROR, [&] {
        return answer(GST_BLOCK_AGGREGATOR(parent), take(GST_BLOCK_AGGREGATOR(parent), owned.get()));
    });
}

gboolean sinkEvent(GstPad* pad, GstObject* parent, GstEvent* event) {
    const bool accepted =
        fence("blockaggregator event", false, [&] { return apply(GST_BLOCK_AGGREGATOR(parent), event); });
    const bool isolate = GST_BLOCK_AGGREGATOR(parent)->state->isolate;
    if (accepted) return gst_pad_event_default(pad, parent, event) || isolate;
    gst_event_unref(event);
    return FALSE;
}

namespace {

/// Caps questions of upstream, answered for this element alone: what an isolated branch makes of them further
/// down must not decide over the other branches.
bool answerCaps(GstPad* pad, GstQuery* query) {
    const auto own = Ref<GstCaps>::adopt(gst_pad_get_pad_template_caps(pad));
    GstCaps* asked = nullptr;
    if (GST_QUERY_TYPE(query) == GST_QUERY_ACCEPT_CAPS) {
        gst_query_parse_accept_caps(query, &asked);
        gst_query_set_accept_caps_result(query, gst_caps_is_subset(asked, own.get()));
        return true;
    }
    if (GST_QUERY_TYPE(query) != GST_QUERY_CAPS) return false;
    gst_query_parse_caps(query, &asked);
    const auto result =
        asked ? Ref<GstCaps>::adopt(gst_caps_intersect_full(asked, own.get(), GST_CAPS_INTERSECT_FIRST))
              : own;
    gst_query_set_caps_result(query, result.get());
    return true;
}

} // namespace

gboolean sinkQuery(GstPad* pad, GstObject* parent, GstQuery* query) {
    // Upstream wants its memory back: the part of a block that is held here cannot wait.
    if (GST_QUERY_TYPE(query) == GST_QUERY_DRAIN)
        fence("blockaggregator drain", [&] { endBlock(GST_BLOCK_AGGREGATOR(parent), Reason::flush); });
    if (GST_BLOCK_AGGREGATOR(parent)->state->isolate && answerCaps(pad, query)) return TRUE;
    return gst_pad_query_default(pad, parent, query);
}

gboolean srcQuery(GstPad* pad, GstObject* parent, GstQuery* query) {
    const State& state = *GST_BLOCK_AGGREGATOR(parent)->state;
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
    if (!gst_pad_peer_query(state.sink, query)) return FALSE;
    gboolean live = FALSE;
    GstClockTime least = 0;
    GstClockTime most = GST_CLOCK_TIME_NONE;
    gst_query_parse_latency(query, &live, &least, &most);
    const GstClockTime own = state.latencyNs;
    gst_query_set_latency(query, live, least + own, GST_CLOCK_TIME_IS_VALID(most) ? most + own : most);
    return TRUE;
}

void onIdle(GstElement* element) {
    auto* self = GST_BLOCK_AGGREGATOR(element);
    if (self->state->pendingFrames == 0) return;
    underStreamLock(self, [self] {
        if (self->state->idle.expired()) endBlock(self, Reason::idle);
    });
}

} // namespace lm::blockaggregator
