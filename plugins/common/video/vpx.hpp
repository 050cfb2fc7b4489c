#pragma once

#include "plugins/common/video/codec.hpp"

namespace lm::video {

/// What the header of a VP8 (RFC 6386 9.1) or VP9 (bitstream specification 6.2) frame says.
struct VpxHeader {
    bool key = false;
    std::optional<Size> size; // of a key frame
};

/// Nullopt for what is no such frame. A VP9 superframe is judged by its first frame.
std::optional<VpxHeader> readVp8Header(Bytes frame);
std::optional<VpxHeader> readVp9Header(Bytes frame);

} // namespace lm::video
