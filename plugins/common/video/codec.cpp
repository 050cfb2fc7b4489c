#include "plugins/common/video/codec.hpp"

namespace lm::video {

const char* codecName(Codec codec) {
    switch (codec) {
    case Codec::H264:
        return "h264";
    case Codec::Vp8:
        return "vp8";
    case Codec::Vp9:
        break;
    }
    return "vp9";
}

std::optional<Codec> codecOf(std::string_view name) {
    for (const Codec codec : {Codec::H264, Codec::Vp8, Codec::Vp9})
        if (name == codecName(codec)) return codec;
    return std::nullopt;
}

} // namespace lm::video
