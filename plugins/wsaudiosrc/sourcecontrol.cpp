#include "plugins/wsaudiosrc/sourcecontrol.hpp"

#include "plugins/common/names.hpp"

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

PushSettings pushSettings(const Settings& settings) {
    const auto ns = [](std::chrono::milliseconds time) {
        return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
    };
    return {ns(settings.gapThreshold), ns(settings.maxFill), settings.dropMuted, settings.correctFormat};
}

} // namespace

SourceControl::SourceControl(GstElement* element, GstPad* pad)
    : Control(element, pad, names::msgListening), element_(element), pad_(pad) {}

Result<bool> SourceControl::start(const Settings& settings) {
    auto accept = [element = element_, pad = pad_, push = pushSettings(settings),
                   declared = settings.format](const char* query) -> Result<mediasource::Promise> {
        const auto format = query ? parseFormat(query, declared) : Result<AudioFormat>(declared);
        if (!format) return format.error();
        mediasource::Promise promise;
        promise.makePusher = [element, pad = Ref<GstPad>::share(pad), push, format = *format] {
            return std::make_unique<AudioPusher>(element, pad.get(), format, push);
        };
        promise.connectedMessage = [format = *format] {
            return gst_structure_new(names::msgConnected, "rate", G_TYPE_INT, static_cast<gint>(format.rate),
                                     "channels", G_TYPE_INT, static_cast<gint>(format.channels), nullptr);
        };
        return promise;
    };
    return Control::start(settings, std::move(accept));
}

std::optional<PushStats> SourceControl::stats() {
    std::optional<PushStats> stats;
    withPusher([&](mediasource::Pusher& pusher) { stats = static_cast<AudioPusher&>(pusher).stats(); });
    return stats;
}

} // namespace lm::wsaudiosrc
