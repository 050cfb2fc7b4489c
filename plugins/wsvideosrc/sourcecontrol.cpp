#include "plugins/wsvideosrc/sourcecontrol.hpp"

#include "plugins/common/names.hpp"

namespace lm::wsvideosrc {

namespace names = lm::names::wsvideosrc;

Result<video::Codec> readCodec(const char* query, video::Codec declared) {
    if (!query) return declared;
    Owned<GError> error;
    const std::unique_ptr<GHashTable, decltype(&g_hash_table_unref)> parameters(
        g_uri_parse_params(query, -1, "&", G_URI_PARAMS_WWW_FORM, OutPtr(error)), &g_hash_table_unref);
    if (!parameters) return Error{"the query cannot be read"};
    const auto* name = static_cast<const char*>(g_hash_table_lookup(parameters.get(), "codec"));
    if (!name || !*name) return declared;
    if (const auto codec = video::codecOf(name)) return *codec;
    return Error{"codec must be h264, vp8 or vp9", "codec"};
}

SourceControl::SourceControl(GstElement* element, GstPad* pad)
    : Control(element, pad, names::msgListening), element_(element), pad_(pad) {}

Result<bool> SourceControl::start(const Settings& settings) {
    PushSettings push;
    push.contextWait = static_cast<std::uint64_t>(settings.contextWait.count());
    push.maxMessageBytes = settings.maxMessageBytes;
    auto accept = [element = element_, pad = pad_, push,
                   declared = settings.codec](const char* query) -> Result<mediasource::Promise> {
        const auto codec = readCodec(query, declared);
        if (!codec) return codec.error();
        mediasource::Promise promise;
        promise.makePusher = [element, pad = Ref<GstPad>::share(pad), push, codec = *codec]() mutable {
            push.codec = codec;
            return std::make_unique<VideoPusher>(element, pad.get(), push);
        };
        promise.connectedMessage = [codec = *codec] {
            return gst_structure_new(names::msgConnected, "codec", G_TYPE_STRING, video::codecName(codec),
                                     nullptr);
        };
        return promise;
    };
    return Control::start(settings, std::move(accept));
}

std::optional<PushStats> SourceControl::stats() {
    std::optional<PushStats> stats;
    withPusher([&](mediasource::Pusher& pusher) { stats = static_cast<VideoPusher&>(pusher).stats(); });
    return stats;
}

} // namespace lm::wsvideosrc
