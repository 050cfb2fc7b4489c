/**
 * SECTION:element-blockaggregator
 * @title: blockaggregator
 *
 * Groups raw audio into blocks by duration (`group-seconds`) or by size (`max-bytes`), whichever comes first,
 * exact to the frame. Memory is passed on by reference. Before a block is pushed its peak and RMS, and the
 * gain that would bring it to `target-rms` without clipping, are published as read-only properties and posted
 * as the element message `blockaggregator-block`.
 *
 * A partial block ends at EOS (the buffer is flagged MARKER), at a discontinuity, when the caps change, at
 * the custom event `blockaggregator-flush`, and when no audio has come for `idle-flush`. Audio is lost only
 * when downstream refuses it, at a FLUSH_START that finds downstream blocked, and when the element is stopped
 * without EOS; `stats` counts it. The chain function blocks only while downstream does.
 *
 * ## Example
 * |[
 * gst-launch-1.0 -m audiotestsrc num-buffers=200 ! audio/x-raw,format=S16LE,rate=48000,channels=2 !
 *     blockaggregator group-seconds=1 ! fakesink
 * ]|
 */
#include "plugins/blockaggregator/gstblockaggregator.h"

#include "plugins/blockaggregator/state.hpp"
#include "plugins/common/cboundary.hpp"
#include "plugins/common/names.hpp"

GST_DEBUG_CATEGORY(gst_block_aggregator_debug);
#define GST_CAT_DEFAULT gst_block_aggregator_debug

G_DEFINE_TYPE(GstBlockAggregator, gst_block_aggregator, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(blockaggregator, lm::names::blockaggregator::factory, GST_RANK_NONE,
                            GST_TYPE_BLOCK_AGGREGATOR)

namespace lm::blockaggregator {

std::array<GParamSpec*, propCount> properties{};

namespace {

namespace n = names::blockaggregator;

#define LM_BLOCK_CAPS                                                                                        \
    "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, rate=(int)[1, max], channels=(int)[1, "  \
    "max]"
GstStaticPadTemplate sinkTemplate =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(LM_BLOCK_CAPS));
GstStaticPadTemplate srcTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(LM_BLOCK_CAPS));

GstPad* addPad(GstElement* element, GstStaticPadTemplate* padTemplate) {
    GstPad* pad = gst_pad_new_from_static_template(padTemplate, padTemplate->name_template);
    GST_PAD_SET_PROXY_CAPS(
        pad); // not the allocation: blocks would hold a downstream pool's buffers for seconds
    gst_element_add_pad(element, pad);
    return pad;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    auto settings = GST_BLOCK_AGGREGATOR(object)->state->settings.lock();
    switch (id) {
    case propGroupSeconds:
        settings->groupSeconds = g_value_get_double(value);
        break;
    case propMaxBytes:
        settings->maxBytes = g_value_get_uint(value);
        break;
    case propIdleFlush:
        settings->idleFlushMs = g_value_get_uint(value);
        break;
    case propIsolate:
        settings->isolate = g_value_get_boolean(value) != FALSE;
        break;
    case propTargetRms:
        settings->gain.targetRmsDb = g_value_get_double(value);
        break;
    case propMaxGain:
        settings->gain.maxGainDb = g_value_get_double(value);
        break;
    case propSilence:
        settings->gain.silenceDb = g_value_get_double(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

GstStructure* structureOf(const Stats& stats) {
    return gst_structure_new("blockaggregator-stats", "blocks", G_TYPE_UINT64, stats.blocks, "frames",
                             G_TYPE_UINT64, stats.frames, "bytes", G_TYPE_UINT64, stats.bytes,
                             "dropped-frames", G_TYPE_UINT64, stats.droppedFrames, "copied-bytes",
                             G_TYPE_UINT64, stats.copiedBytes, "incomplete-bytes", G_TYPE_UINT64,
                             stats.incompleteBytes, nullptr);
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    State& state = *GST_BLOCK_AGGREGATOR(object)->state;
    const Settings settings = state.settings.copy();
    const Published published = state.published.copy();
    switch (id) {
    case propGroupSeconds:
        g_value_set_double(value, settings.groupSeconds);
        break;
    case propMaxBytes:
        g_value_set_uint(value, settings.maxBytes);
        break;
    case propIdleFlush:
        g_value_set_uint(value, settings.idleFlushMs);
        break;
    case propIsolate:
        g_value_set_boolean(value, settings.isolate);
        break;
    case propTargetRms:
        g_value_set_double(value, settings.gain.targetRmsDb);
        break;
    case propMaxGain:
        g_value_set_double(value, settings.gain.maxGainDb);
        break;
    case propSilence:
        g_value_set_double(value, settings.gain.silenceDb);
        break;
    case propGain:
        g_value_set_double(value, published.gain);
        break;
    case propPeak:
        g_value_set_double(value, published.peak);
        break;
    case propRms:
        g_value_set_double(value, published.rms);
        break;
    case propStats:
        g_value_take_boxed(value, structureOf(published.stats));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

GstStateChangeReturn changeState(GstElement* element, GstStateChange transition) {
    auto* self = GST_BLOCK_AGGREGATOR(element);
    State& state = *self->state;
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) start(self);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
        state.running = false;
        state.idle.stop();
    }
    const auto result =
        GST_ELEMENT_CLASS(gst_block_aggregator_parent_class)->change_state(element, transition);
    const bool failed = result == GST_STATE_CHANGE_FAILURE;
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
        (failed && transition == GST_STATE_CHANGE_READY_TO_PAUSED)) {
        state.running = false;
        state.idle.stop();
        GST_PAD_STREAM_LOCK(state.sink);
        stop(self);
        GST_PAD_STREAM_UNLOCK(state.sink);
    }
    return result;
}

gboolean setClock(GstElement* element, GstClock* clock) {
    GST_BLOCK_AGGREGATOR(element)->state->idle.setClock(clock);
    return GST_ELEMENT_CLASS(gst_block_aggregator_parent_class)->set_clock(element, clock);
}

/// Events sent to the element by the application would by default leave by the source pad, past the current
/// block.
gboolean sendEvent(GstElement* element, GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS || gst_event_has_name(event, n::flushEvent))
        return gst_pad_send_event(GST_BLOCK_AGGREGATOR(element)->state->sink, event);
    return GST_ELEMENT_CLASS(gst_block_aggregator_parent_class)->send_event(element, event);
}

void finalize(GObject* object) {
    GST_BLOCK_AGGREGATOR(object)->state->left.take();
    delete GST_BLOCK_AGGREGATOR(object)->state;
    G_OBJECT_CLASS(gst_block_aggregator_parent_class)->finalize(object);
}

void installSettings() {
    const auto ready =
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
    const auto playing =
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
    const Settings defaults;
    properties[propGroupSeconds] =
        g_param_spec_double(n::groupSeconds, "Group seconds", "Seconds of audio in a block", 0.02, 3600,
                            defaults.groupSeconds, ready);
    properties[propMaxBytes] = g_param_spec_uint(n::maxBytes, "Max bytes",
                                                 "Bytes in a block at the most, cut to whole frames (at "
                                                 "least one); ends a block before group-seconds do",
                                                 1, G_MAXINT, defaults.maxBytes, ready);
    properties[propIdleFlush] =
        g_param_spec_uint(n::idleFlush, "Idle flush",
                          "Milliseconds without audio after which a partial block is pushed; 0 = never", 0,
                          G_MAXUINT, defaults.idleFlushMs, ready);
    properties[propIsolate] = g_param_spec_boolean(
        n::isolate, "Isolate",
        "Keep failures downstream from upstream: what cannot be pushed is dropped and counted, and the other "
        "branches of a tee go on",
        defaults.isolate, ready);
    properties[propTargetRms] =
        g_param_spec_double(n::targetRms, "Target RMS", "RMS in dBFS that the published gain aims at", -60, 0,
                            defaults.gain.targetRmsDb, playing);
    properties[propMaxGain] =
        g_param_spec_double(n::maxGain, "Max gain", "The published gain in dB never exceeds this", 0, 60,
                            defaults.gain.maxGainDb, playing);
    properties[propSilence] = g_param_spec_double(
        n::silence, "Silence", "RMS in dBFS below which a block counts as silence: its gain is 1", -120, 0,
        defaults.gain.silenceDb, playing);
}

void installReadings() {
    const auto flags = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    properties[propGain] = g_param_spec_double(n::gain, "Gain",
                                               "Linear factor that brings the block about to be pushed to "
                                               "target-rms without clipping; notified before it is",
                                               0, G_MAXDOUBLE, 1, flags);
    properties[propPeak] = g_param_spec_double(
        n::peak, "Peak", "Peak of the same block in dBFS; -inf = all zero", -infinity, 0, -infinity, flags);
    properties[propRms] = g_param_spec_double(n::rms, "RMS", "RMS of the same block in dBFS; -inf = all zero",
                                              -infinity, 0, -infinity, flags);
    properties[propStats] =
        g_param_spec_boxed(n::stats, "Statistics",
                           "Since the element was started, all uint64: blocks, frames and bytes pushed, "
                           "dropped-frames, copied-bytes (not "
                           "passed on by reference), incomplete-bytes (of a frame that never became whole)",
                           GST_TYPE_STRUCTURE, flags);
}

} // namespace

State::State(GstBlockAggregator* self)
    : sink(addPad(GST_ELEMENT(self), &sinkTemplate)), src(addPad(GST_ELEMENT(self), &srcTemplate)),
      idle(GST_ELEMENT(self), onIdle) {
    gst_pad_set_chain_function(sink, chain);
    gst_pad_set_event_function(sink, sinkEvent);
    gst_pad_set_query_function(sink, sinkQuery);
    gst_pad_set_query_function(src, srcQuery);
}

} // namespace lm::blockaggregator

static void gst_block_aggregator_init(GstBlockAggregator* self) {
    self->state = new lm::blockaggregator::State(self);
}

static void gst_block_aggregator_class_init(GstBlockAggregatorClass* klass) {
    using namespace lm::blockaggregator;
    GST_DEBUG_CATEGORY_INIT(gst_block_aggregator_debug, lm::names::blockaggregator::factory, 0,
                            "groups audio into blocks");
    auto* object = G_OBJECT_CLASS(klass);
    object->set_property = setProperty;
    object->get_property = getProperty;
    object->finalize = finalize;
    installSettings();
    installReadings();
    g_object_class_install_properties(object, propCount, properties.data());

    auto* element = GST_ELEMENT_CLASS(klass);
    element->change_state = changeState;
    element->set_clock = setClock;
    element->send_event = sendEvent;
    gst_element_class_add_static_pad_template(element, &sinkTemplate);
    gst_element_class_add_static_pad_template(element, &srcTemplate);
    gst_element_class_set_static_metadata(element, "Audio block aggregator", "Filter/Analyzer/Audio",
                                          "Groups audio into blocks by duration or size without copying it, "
                                          "and publishes the peak, RMS and the gain "
                                          "towards a target RMS of each block before pushing it",
                                          "live-meeting");
}
