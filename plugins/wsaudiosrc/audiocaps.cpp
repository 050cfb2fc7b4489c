#include "plugins/wsaudiosrc/audiocaps.hpp"

#include <gst/audio/audio.h>

namespace lm::wsaudiosrc {

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

} // namespace lm::wsaudiosrc
