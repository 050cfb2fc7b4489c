#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/video/codec.hpp"

namespace lm::wsvideosrc {

/// The size is told for VP8 and VP9; a parser finds H.264's in the stream.
Ref<GstCaps> makeCaps(video::Codec codec, video::Size size);

} // namespace lm::wsvideosrc
