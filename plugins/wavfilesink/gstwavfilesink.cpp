/**
 * SECTION:element-wavfilesink
 * @title: wavfilesink
 * @short_description: records audio into WAV files that are true at every instant
 *
 * Every buffer is written at once, then the header that claims it: whenever the process is killed, the file
 * opens with its true length and misses at most the buffer under way. A file appears with the first sample,
 * is never one that exists, and is followed by a numbered part before `max-bytes`, and when the format
 * changes. A `bext` chunk holds the UTC time of the first sample when a buffer tells it.
 *
 * A full disk is no error: the recording pauses, says so by a message, counts what it skips and goes on in a
 * new part when there is room.
 *
 * Messages: `wavfilesink-part-opened`, `-part-closed`, `-paused`, `-resumed`, `-finished`; see README.md.
 *
 * |[
 * gst-launch-1.0 -m audiotestsrc num-buffers=200 ! audio/x-raw,format=S16LE,rate=48000,channels=2 !
 *     wavfilesink location=tone.wav
 * ]|
 */
#include "plugins/wavfilesink/gstwavfilesink.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/files/bufferpieces.hpp"
#include "plugins/common/files/posixstorage.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wavfilesink/recorder.hpp"
#include "plugins/wavfilesink/reporter.hpp"

#include <gst/audio/audio.h>

#include <array>

GST_DEBUG_CATEGORY(wavfilesink_debug);
#define GST_CAT_DEFAULT wavfilesink_debug

using namespace lm::wavfilesink;
namespace n = lm::names::wavfilesink;

namespace {

enum Property : guint { propLocation = 1, propMaxBytes, propStats, propCount };

struct Settings {
    std::string location;
    std::uint64_t maxBytes = defaultMaxBytes;
};

/// From start until the next start.
struct Session {
    Session(GstElement* element, const Settings& settings)
        : reporter(element),
          recorder(storage, reporter, {settings.location, settings.maxBytes}, std::chrono::steady_clock::now),
          utcCaps(lm::Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {}

    PosixStorage storage;
    Reporter reporter;
    Recorder recorder;
    BufferPieces pieces;
    lm::Ref<GstCaps> utcCaps;
};

struct State {
    lm::Guarded<Settings> settings; // read when the element goes to READY
    lm::Guarded<Stats> stats;       // what the property shows
    /// Under the stream lock of the pad, and in state changes that no stream runs beside.
    std::unique_ptr<Session> session;
};

GstStaticPadTemplate sinkTemplate = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) { S16LE, S32LE }, layout = (string) interleaved, "
                    "rate = (int) [ 1, MAX ], channels = (int) [ 1, 64 ]"));

} // namespace

struct _GstWavFileSink {
    GstBaseSink parent;
    State* state;
};

G_DEFINE_TYPE(GstWavFileSink, gst_wav_file_sink, GST_TYPE_BASE_SINK)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(wavfilesink, lm::names::wavfilesink::factory, GST_RANK_NONE,
                                      GST_TYPE_WAV_FILE_SINK,
                                      GST_DEBUG_CATEGORY_INIT(wavfilesink_debug, "wavfilesink", 0,
                                                              "recording into WAV files"))

namespace {

State& stateOf(gpointer object) {
    return *GST_WAV_FILE_SINK(object)->state;
}

void publish(State& state) {
    *state.stats.lock() = state.session->recorder.stats();
}

bool start(GstElement* element) {
    State& state = stateOf(element);
    const Settings settings = state.settings.copy();
    if (settings.location.empty()) {
        GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("wavfilesink: set the property location"), (nullptr));
        return false;
    }
    state.session = std::make_unique<Session>(element, settings);
    publish(state);
    return true;
}

void stop(GstElement* element) {
    State& state = stateOf(element);
    if (!state.session) return;
    state.session->recorder.finish();
    publish(state);
    state.session->recorder.settle();
    state.session.reset();
}

gboolean setCaps(GstBaseSink* sink, GstCaps* caps) {
    return lm::fence("wavfilesink set_caps", FALSE, [&]() -> gboolean {
        GstAudioInfo info;
        State& state = stateOf(sink);
        if (!state.session || !gst_audio_info_from_caps(&info, caps)) return FALSE;
        const auto number = [](gint value) { return static_cast<std::uint32_t>(value); };
        state.session->recorder.setFormat({number(GST_AUDIO_INFO_RATE(&info)),
                                           number(GST_AUDIO_INFO_CHANNELS(&info)),
                                           number(GST_AUDIO_INFO_WIDTH(&info))});
        publish(state);
        return TRUE;
    });
}

GstFlowReturn render(GstBaseSink* sink, GstBuffer* buffer) {
    return lm::fence("wavfilesink render", GST_FLOW_ERROR, [&] {
        State& state = stateOf(sink);
        Session& session = *state.session;
        const auto* utc = gst_buffer_get_reference_timestamp_meta(buffer, session.utcCaps.get());
        if (utc) session.recorder.anchor(static_cast<std::int64_t>(utc->timestamp));
        if (!session.pieces.map(buffer)) {
            GST_ELEMENT_ERROR(sink, RESOURCE, READ, ("wavfilesink: a buffer cannot be read"), (nullptr));
            return GST_FLOW_ERROR;
        }
        session.recorder.write(session.pieces.pieces());
        session.pieces.unmap();
        publish(state);
        return GST_FLOW_OK;
    });
}

void handleEvent(State& state, GstEvent* event) {
    if (!state.session) return;
    Recorder& recorder = state.session->recorder;
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
        recorder.finish();
    } else if (gst_event_has_name(event, lm::names::wsaudiosrc::formatEvent)) {
        gint rate = 0;
        gint channels = 0;
        gst_structure_get(gst_event_get_structure(event), "rate", G_TYPE_INT, &rate, "channels", G_TYPE_INT,
                          &channels, nullptr);
        if (rate > 0 && channels > 0 && channels <= 64)
            recorder.correctFormat(static_cast<std::uint32_t>(rate), static_cast<std::uint32_t>(channels));
    } else if (gst_event_has_name(event, lm::names::wsaudiosrc::timeEvent)) {
        gint64 shift = 0;
        if (gst_structure_get_int64(gst_event_get_structure(event), "shift-ns", &shift))
            recorder.shiftTime(shift);
    } else {
        return;
    }
    publish(state);
}

gboolean sinkEvent(GstBaseSink* sink, GstEvent* event) {
    lm::fence("wavfilesink event", [&] { handleEvent(stateOf(sink), event); });
    return GST_BASE_SINK_CLASS(gst_wav_file_sink_parent_class)->event(sink, event);
}

/// Not the `start` of the base class: it posts an error of its own when that fails.
GstStateChangeReturn changeState(GstElement* element, GstStateChange transition) {
    const bool starts = transition == GST_STATE_CHANGE_NULL_TO_READY;
    if (starts && !lm::fence("wavfilesink start", false, [&] { return start(element); }))
        return GST_STATE_CHANGE_FAILURE;
    const auto result = GST_ELEMENT_CLASS(gst_wav_file_sink_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_READY_TO_NULL || (starts && result == GST_STATE_CHANGE_FAILURE))
        lm::fence("wavfilesink stop", [&] { stop(element); });
    return result;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    lm::fence("wavfilesink set_property", [&] {
        auto settings = stateOf(object).settings.lock();
        const char* text = nullptr;
        switch (id) {
        case propLocation:
            text = g_value_get_string(value);
            settings->location = text ? text : "";
            break;
        case propMaxBytes:
            settings->maxBytes = g_value_get_uint64(value);
            break;
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
    });
}

GstStructure* structureOf(const Stats& stats) {
    return gst_structure_new("wavfilesink-stats", "samples", G_TYPE_UINT64, stats.recordedSamples, "bytes",
                             G_TYPE_UINT64, stats.recordedBytes, "skipped", G_TYPE_UINT64,
                             stats.skippedSamples, "parts", G_TYPE_UINT, stats.parts, "header-failures",
                             G_TYPE_UINT64, stats.headerFailures, "paused", G_TYPE_BOOLEAN,
                             static_cast<gboolean>(stats.paused), nullptr);
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    lm::fence("wavfilesink get_property", [&] {
        State& state = stateOf(object);
        switch (id) {
        case propLocation:
            g_value_set_string(value, state.settings.copy().location.c_str());
            break;
        case propMaxBytes:
            g_value_set_uint64(value, state.settings.copy().maxBytes);
            break;
        case propStats:
            g_value_take_boxed(value, structureOf(state.stats.copy()));
            break;
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
    });
}

void finalize(GObject* object) {
    lm::fence("wavfilesink finalize", [&] { delete GST_WAV_FILE_SINK(object)->state; });
    G_OBJECT_CLASS(gst_wav_file_sink_parent_class)->finalize(object);
}

void installProperties(GObjectClass* object) {
    const auto ready =
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
    const auto reading = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    std::array<GParamSpec*, propCount> specs{};
    specs[propLocation] = g_param_spec_string(n::location, "Location",
                                              "File of the recording, made with the first sample and never "
                                              "one that exists: a name that is taken gets a "
                                              "number",
                                              nullptr, ready);
    specs[propMaxBytes] = g_param_spec_uint64(n::maxBytes, "Max bytes",
                                              "Bytes of a file at the most; then a numbered part follows",
                                              4096, defaultMaxBytes, defaultMaxBytes, ready);
    specs[propStats] = g_param_spec_boxed(
        n::stats, "Statistics",
        "Since the element was started: samples, bytes recorded (uint64), skipped (uint64: "
        "samples in no file), parts (uint), header-failures (uint64), paused (boolean)",
        GST_TYPE_STRUCTURE, reading);
    g_object_class_install_properties(object, propCount, specs.data());
}

} // namespace

static void gst_wav_file_sink_class_init(GstWavFileSinkClass* klass) {
    auto* object = G_OBJECT_CLASS(klass);
    object->set_property = setProperty;
    object->get_property = getProperty;
    object->finalize = finalize;
    installProperties(object);

    auto* element = GST_ELEMENT_CLASS(klass);
    element->change_state = changeState;
    gst_element_class_add_static_pad_template(element, &sinkTemplate);
    gst_element_class_set_static_metadata(element, "WAV file sink", "Sink/File/Audio",
                                          "Records audio into WAV files whose headers are true at every "
                                          "instant; a full disk pauses the recording, "
                                          "never the stream",
                                          "live-meeting");

    auto* base = GST_BASE_SINK_CLASS(klass);
    base->set_caps = setCaps;
    base->render = render;
    base->event = sinkEvent;
}

static void gst_wav_file_sink_init(GstWavFileSink* self) {
    self->state = new State;
    auto* base = GST_BASE_SINK(self);
    gst_base_sink_set_sync(base, FALSE);                // written when it comes
    gst_base_sink_set_async_enabled(base, FALSE);       // a live pipeline does not wait for the first buffer
    gst_base_sink_set_last_sample_enabled(base, FALSE); // would keep a buffer per track
}
