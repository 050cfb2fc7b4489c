#include "tools/egresssim/video.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wssink/gstwssink.h"
#include "tools/signurl/signing.hpp"

#include <gst/gst.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

namespace lm::egresssim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::minutes kValid{5};
// A server that has not read what was sent by then reads nothing any more.
constexpr std::chrono::seconds kFarewell{30};
constexpr GstClockTime kLook = 50 * GST_MSECOND; // between two looks at whether to end

struct Codec {
    const char* encoder;
    const char* package; // of Debian
};

Codec codecOf(const std::string& name) {
    if (name == "h264")
        return {"x264enc tune=zerolatency key-int-max=60 ! h264parse config-interval=-1 ! "
                "video/x-h264,stream-format=byte-stream,alignment=au",
                "gstreamer1.0-plugins-ugly"};
    if (name == "vp9")
        return {"vp9enc deadline=1 cpu-used=8 keyframe-max-dist=60", "gstreamer1.0-plugins-good"};
    return {"vp8enc deadline=1 keyframe-max-dist=60", "gstreamer1.0-plugins-good"};
}

Result<std::string> urlOf(const Options& options) {
    tools::Parameters parameters = {{"roomName", options.room},
                                    {"participant", options.participant},
                                    {"trackId", options.trackId},
                                    {"codec", options.codec}};
    if (!options.meetingId.empty()) parameters.emplace_back("meetingId", options.meetingId);
    std::string target = tools::withParameters(options.address.target, parameters);
    if (options.sign) {
        auto signedOne = signurl::signedTarget(target, options.secret, signurl::expiresIn(kValid));
        if (!signedOne) return signedOne.error();
        target = std::move(*signedOne);
    }
    return "ws://" + options.address.authority + target;
}

Error errorOf(GstMessage* message) {
    Owned<GError> error;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR)
        gst_message_parse_error(message, OutPtr(error), nullptr);
    else
        gst_message_parse_warning(message, OutPtr(error), nullptr);
    return Error{error ? error->message : "the pipeline failed"};
}

/// Set once the sink has been given everything, also when the file ends and nobody has asked for it.
std::shared_ptr<std::atomic<bool>> watchEnd(GstElement* sink) {
    auto ended = std::make_shared<std::atomic<bool>>(false);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(sink, "sink"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer flag) {
            if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS)
                **static_cast<std::shared_ptr<std::atomic<bool>>*>(flag) = true;
            return GST_PAD_PROBE_OK;
        },
        new auto(ended),
        [](gpointer flag) { delete static_cast<std::shared_ptr<std::atomic<bool>>*>(flag); });
    return ended;
}

class Player {
public:
    static Result<Player> make(const Options& options) {
        if (!GST_ELEMENT_REGISTER(wssink, nullptr)) return Error{"there is no element wssink"};
        const Codec codec = codecOf(options.codec);
        const std::string line = std::string("filesrc name=file ! decodebin ! videoconvert ! ") +
                                 codec.encoder + " ! " + names::wssink::factory + " name=sink";
        Owned<GError> error;
        auto pipeline = Ref<GstElement>::sink(gst_parse_launch(line.c_str(), OutPtr(error)));
        if (error || !pipeline)
            return Error{std::string(error ? error->message : "the pipeline cannot be made") + " (Debian's " +
                         codec.package + "?)"};
        auto url = urlOf(options);
        if (!url) return url.error();
        Player player(std::move(pipeline));
        const auto file =
            Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(player.pipeline_.get()), "file"));
        g_object_set(file.get(), "location", options.video.c_str(), nullptr);
        g_object_set(player.sink_.get(), names::wssink::location, url->c_str(), "sync",
                     static_cast<gboolean>(!options.fast), nullptr);
        return player;
    }
    ~Player() {
        if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }
    Player(Player&&) = default;
    Player& operator=(Player&&) = delete;

    Result<VideoReport> play(const Options& options, int stopFd,
                             const std::function<void(const VideoReport&)>& progress) {
        const auto begun = Clock::now();
        auto told = begun;
        const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
        const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline_.get()));
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        std::optional<Clock::time_point> ending;
        for (;;) {
            const auto message = Ref<GstMessage>::adopt(gst_bus_timed_pop_filtered(
                bus.get(), kLook,
                static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)));
            if (message && isFailure(message.get())) return errorOf(message.get());
            if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_EOS) return report(seconds());
            const bool over = options.duration && Clock::now() - begun >= *options.duration;
            pollfd stop{stopFd, POLLIN, 0};
            if (!ending && (over || ::poll(&stop, 1, 0) > 0)) {
                ending = Clock::now();
                gst_element_send_event(pipeline_.get(), gst_event_new_eos());
            }
            if (!ending && *ended_) ending = Clock::now();
            if (ending && Clock::now() - *ending >= kFarewell)
                return Error{"the server has not taken what was sent within " +
                             std::to_string(kFarewell.count()) + " s of its end"};
            if (progress && Clock::now() - told >= std::chrono::seconds(1)) {
                told = Clock::now();
                progress(report(seconds()));
            }
        }
    }

private:
    explicit Player(Ref<GstElement> pipeline)
        : pipeline_(std::move(pipeline)),
          sink_(Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"))),
          ended_(watchEnd(sink_.get())) {}

    /// A warning of the sink: the server has not read to the end.
    bool isFailure(GstMessage* message) const {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) return true;
        return GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING &&
               GST_MESSAGE_SRC(message) == GST_OBJECT(sink_.get());
    }

    VideoReport report(double seconds) const {
        VideoReport report;
        report.seconds = seconds;
        GstStructure* all = nullptr;
        g_object_get(sink_.get(), names::wssink::stats, &all, nullptr);
        const Owned<GstStructure> stats(all);
        if (stats)
            gst_structure_get(stats.get(), "messages", G_TYPE_UINT64, &report.frames, "bytes", G_TYPE_UINT64,
                              &report.bytes, nullptr);
        return report;
    }

    Ref<GstElement> pipeline_, sink_;
    std::shared_ptr<std::atomic<bool>> ended_; // the sink has everything
};

} // namespace

Result<VideoReport> playVideo(const Options& options, int stopFd,
                              const std::function<void(const VideoReport&)>& progress) {
    auto player = Player::make(options);
    if (!player) return player.error();
    return player->play(options, stopFd, progress);
}

std::string videoSummary(const VideoReport& report, bool json) {
    char text[160];
    std::snprintf(text, sizeof text,
                  json ? "{\"frames\":%llu,\"bytes\":%llu,\"seconds\":%.3f}\n"
                       : "egress-sim: %llu frames, %llu bytes in %.3f s\n",
                  static_cast<unsigned long long>(report.frames),
                  static_cast<unsigned long long>(report.bytes), report.seconds);
    return text;
}

} // namespace lm::egresssim
