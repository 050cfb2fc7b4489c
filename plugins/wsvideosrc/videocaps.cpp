#include "plugins/wsvideosrc/videocaps.hpp"

namespace lm::wsvideosrc {

Ref<GstCaps> makeCaps(video::Codec codec, video::Size size) {
    if (codec == video::Codec::H264)
        return Ref<GstCaps>::adopt(gst_caps_new_simple("video/x-h264", "stream-format", G_TYPE_STRING,
                                                       "byte-stream", "alignment", G_TYPE_STRING, "au",
                                                       nullptr));
    return Ref<GstCaps>::adopt(gst_caps_new_simple(
        codec == video::Codec::Vp8 ? "video/x-vp8" : "video/x-vp9", "width", G_TYPE_INT,
        static_cast<gint>(size.width), "height", G_TYPE_INT, static_cast<gint>(size.height), nullptr));
}

} // namespace lm::wsvideosrc
