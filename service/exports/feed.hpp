#pragma once

#include "plugins/common/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lm::exports {

/// Of sound: 16 bits, little-endian, interleaved.
struct SoundFormat {
    std::uint32_t rate = 0; // Hz
    std::uint32_t channels = 0;
    friend bool operator==(const SoundFormat&, const SoundFormat&) = default;
};

/// What a file gives next.
struct Portion {
    std::string bytes;
    SoundFormat format = {};              // of sound alone, as are the next two
    std::chrono::nanoseconds begin{0};    // in the exported file
    std::chrono::nanoseconds duration{0}; //
};

/// Recordings as a pipeline asks for them. Reads disks, so it blocks; used by one thread at a time.
class Feed {
public:
    virtual ~Feed() = default;
    /// Never an empty one; nullopt at the end.
    virtual Result<std::optional<Portion>> next() = 0;
};

} // namespace lm::exports
