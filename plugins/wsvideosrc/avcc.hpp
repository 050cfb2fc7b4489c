#pragma once

#include "plugins/common/video/codec.hpp"

#include <vector>

namespace lm::wsvideosrc {

/// H.264 as MP4 stores it (ISO/IEC 14496-15): NAL units behind their lengths, parameter sets in a record.
struct AvcConfig {
    unsigned lengthBytes = 4;
    std::vector<std::uint8_t> parameterSets; // Annex B
};

/// Nullopt for what is no such record, from its first to its last byte.
std::optional<AvcConfig> readAvcConfig(video::Bytes data);

/// The same units in Annex B; nullopt unless lengths of `lengthBytes` lead exactly to the end and every unit
/// has a header H.264 allows.
std::optional<std::vector<std::uint8_t>> toAnnexB(video::Bytes unit, unsigned lengthBytes);

} // namespace lm::wsvideosrc
