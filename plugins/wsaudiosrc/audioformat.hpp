#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>

namespace lm::wsaudiosrc {

/// Interleaved signed 16-bit little-endian PCM.
struct AudioFormat {
    std::uint32_t rate = 48000; // Hz
    std::uint32_t channels = 1;

    std::uint32_t bytesPerFrame() const { return channels * 2; }
    friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

inline constexpr std::uint32_t minRate = 1000;
inline constexpr std::uint32_t maxRate = 384000;
inline constexpr std::uint32_t maxChannels = 64;

/// Reads `sampleRate` and `channels` from the query of the upgrade request; what is missing is taken from
/// `defaults`, what is there and wrong is an error that names the parameter.
Result<AudioFormat> parseFormat(const char* query, AudioFormat defaults);

} // namespace lm::wsaudiosrc
