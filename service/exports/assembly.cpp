#include "service/exports/assembly.hpp"

#include "plugins/common/cboundary.hpp"
#include "service/exports/heading.hpp"
#include "service/exports/messages.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <array>

namespace lm::exports {
namespace {

/// Clusters of unknown length and no index: a reader gets the beginning while the end is being made.
constexpr char muxer[] = "matroskamux name=muxer streamable=true ! appsink name=out sync=false";
constexpr char sound[] =
    "appsrc name=feed%1 format=time ! audioconvert name=convert%1 ! audioresample name=resample%1 ! "
    "capsfilter name=format%1 ! flacenc name=encode%1 ! taginject name=title%1 ! "
    "muxer.audio_%u";
constexpr char pictures[] =
    "appsrc name=feed%1 ! matroskademux name=demux%1 ! taginject name=title%1 ! muxer.video_%u";

/// The speakers that FLAC gives to so many channels (RFC 9639, 9.1.3), from three on.
constexpr std::array<guint64, 6> speakers{0x7, 0x33, 0x37, 0x3f, 0x13f, 0xc3f};

std::string described(const std::vector<Source>& sources) {
    std::string text = muxer;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        std::string branch = sources[i].format.channels > 0 ? sound : pictures;
        for (std::size_t at; (at = branch.find("%1")) != std::string::npos;)
            branch.replace(at, 2, std::to_string(i));
        text += ' ' + branch;
    }
    return text;
}

Ref<GstElement> named(GstElement* pipeline, const char* name, std::size_t number) {
    return Ref<GstElement>::adopt(
        gst_bin_get_by_name(GST_BIN(pipeline), (name + std::to_string(number)).c_str()));
}

Ref<GstCaps> capsOf(const SoundFormat& format) {
    auto caps = Ref<GstCaps>::adopt(
        gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING,
                            "interleaved", "rate", G_TYPE_INT, static_cast<int>(format.rate), "channels",
                            G_TYPE_INT, static_cast<int>(format.channels), nullptr));
    if (format.channels > 2 && format.channels - 3 < speakers.size())
        gst_caps_set_simple(caps.get(), "channel-mask", GST_TYPE_BITMASK, speakers[format.channels - 3],
                            nullptr);
    return caps;
}

/// What the element takes for its property: fields without the name of their structure.
std::string tagsOf(const std::string& title) {
    const Owned<GstStructure> tags(
        gst_structure_new("taglist", GST_TAG_TITLE, G_TYPE_STRING, title.c_str(), nullptr));
    const Owned<char> text(gst_structure_to_string(tags.get()));
    const std::string whole = text.get();
    return whole.substr(whole.find(',') + 1);
}

/// Feeds an appsrc, on its own thread.
struct Pump {
    std::unique_ptr<Feed> feed;
    SoundFormat format = {}; // of what was pushed last
};

GstBuffer* bufferOf(Portion portion) {
    const bool timed = portion.format.channels > 0;
    auto* bytes = new std::string(std::move(portion.bytes));
    GstBuffer* buffer =
        gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, bytes->data(), bytes->size(), 0, bytes->size(),
                                    bytes, [](gpointer data) { delete static_cast<std::string*>(data); });
    if (timed) {
        GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(portion.begin.count());
        GST_BUFFER_DURATION(buffer) = static_cast<GstClockTime>(portion.duration.count());
    }
    return buffer;
}

void pump(GstAppSrc* source, Pump& pump) {
    auto next = pump.feed->next();
    if (!next) {
        GST_ELEMENT_ERROR(source, RESOURCE, READ, ("%s", next.error().message.c_str()),
                          ("%s", next.error().where.c_str()));
        return;
    }
    if (!*next) {
        gst_app_src_end_of_stream(source);
        return;
    }
    const SoundFormat format = (*next)->format;
    if (format.channels > 0 && format != pump.format) {
        gst_app_src_set_caps(source, capsOf(format).get());
        pump.format = format;
    }
    gst_app_src_push_buffer(source, bufferOf(std::move(**next)));
}

void feed(GstElement* pipeline, Source source, std::size_t number) {
    const auto from = named(pipeline, "feed", number), tags = named(pipeline, "title", number);
    g_object_set(tags.get(), "tags", tagsOf(source.title).c_str(), nullptr);
    if (source.format.channels > 0) {
        g_object_set(named(pipeline, "format", number).get(), "caps", capsOf(source.format).get(), nullptr);
    } else {
        const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(tags.get(), "src"));
        gst_pad_set_offset(pad.get(), source.begin.count());
    }
    GstAppSrcCallbacks callbacks{};
    callbacks.need_data = [](GstAppSrc* asks, guint, gpointer data) {
        fence("export", [&] { pump(asks, *static_cast<Pump*>(data)); });
    };
    gst_app_src_set_callbacks(GST_APP_SRC(from.get()), &callbacks, new Pump{std::move(source.feed)},
                              [](gpointer data) { delete static_cast<Pump*>(data); });
}

using Out = std::shared_ptr<Conduit>;

/// Where the muxer's bytes go.
struct Drain {
    Out out;
    Heading heading;
};

GstFlowReturn take(GstAppSink* sink, Drain& drain) {
    GstSample* sample = gst_app_sink_pull_sample(sink);
    if (!sample) return GST_FLOW_FLUSHING;
    bool taken = false;
    {
        const MappedBuffer bytes(gst_sample_get_buffer(sample), GST_MAP_READ);
        taken = bytes && drain.out->put(
                             drain.heading.pass({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    }
    gst_sample_unref(sample);
    return taken ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

void drainInto(GstElement* pipeline, Drain drain) {
    const auto sink = Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline), "out"));
    GstAppSinkCallbacks callbacks{};
    callbacks.eos = [](GstAppSink*, gpointer to) {
        fence("export", [&] { static_cast<Drain*>(to)->out->finish(true); });
    };
    callbacks.new_sample = [](GstAppSink* from, gpointer to) {
        return fence("export", GST_FLOW_ERROR, [&] { return take(from, *static_cast<Drain*>(to)); });
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(sink.get()), &callbacks, new Drain(std::move(drain)),
                               [](gpointer data) { delete static_cast<Drain*>(data); });
}

} // namespace

Result<Ref<GstElement>> assemble(std::vector<Source> sources, const std::string& title, Out out) {
    Owned<GError> error;
    auto pipeline = Ref<GstElement>::sink(gst_parse_launch_full(described(sources).c_str(), nullptr,
                                                                GST_PARSE_FLAG_FATAL_ERRORS, OutPtr(error)));
    if (!pipeline) return Error{error ? error->message : "the pipeline cannot be made"};
    std::chrono::nanoseconds length{0};
    std::vector<std::string> titles;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        length = std::max(length, sources[i].end);
        titles.push_back(sources[i].title);
        feed(pipeline.get(), std::move(sources[i]), i);
    }
    drainInto(pipeline.get(), {out, Heading(length, title)});
    hearMessages(pipeline.get(), {out, title, std::move(titles)});
    return pipeline;
}

} // namespace lm::exports
