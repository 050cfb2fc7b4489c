#pragma once

#include "plugins/common/handles.hpp"

namespace lm::wsaudiosrc {

/// A buffer of digital silence, flagged GAP, of `bytes` or as many of them as one buffer takes: whole frames.
/// All silence of the process is references to one block of zeros.
Ref<GstBuffer> makeSilence(std::uint64_t bytes, std::uint32_t frameBytes);

} // namespace lm::wsaudiosrc
