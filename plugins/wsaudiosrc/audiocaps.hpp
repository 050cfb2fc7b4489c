#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/wsaudiosrc/audioformat.hpp"

namespace lm::wsaudiosrc {

/// The caps of a format; more than eight channels, or a number without a usual layout, have no positions.
Ref<GstCaps> makeCaps(const AudioFormat& format);

} // namespace lm::wsaudiosrc
