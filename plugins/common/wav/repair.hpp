#pragma once

#include "plugins/common/wav/header.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

/// Finds out whether the lengths in the header of a WAV file are those of the file, and how to make them so.
/// Reads any bytes whatsoever, of any writer. Pure.
namespace lm::wav {

/// Reads at `offset` into the whole of `out`; false when the file has less, or cannot be read.
using Reader = std::function<bool(std::uint64_t offset, std::span<std::byte> out)>;

enum class Verdict {
    Sound,   // the lengths are true
    Repair,  // they are not; `patches` makes them so
    Empty,   // no byte at all
    Cut,     // ends inside the header: there is no audio
    TooLong, // more audio than a WAV header can say
    Foreign, // not a WAV file, or one that cannot be told from a sound one
};

/// Four bytes, little-endian, inside the header.
struct Patch {
    std::uint64_t offset = 0;
    std::uint32_t value = 0;
    friend bool operator==(const Patch&, const Patch&) = default;
};

/// Counts are frames of the file's own format.
struct Plan {
    Verdict verdict = Verdict::Foreign;
    std::vector<Patch> patches;
    std::uint32_t rate = 0;
    std::uint32_t channels = 0;
    std::uint32_t frameBytes = 0;
    std::uint64_t audioAt = 0; // where in the file the first frame is; 0 when none can be
    std::uint64_t claimedFrames = 0;
    std::uint64_t frames = 0; // whole frames that are there
};

Plan planRepair(std::uint64_t fileBytes, const Reader& read);

/// `sound`, `repaired`, `empty`, `cut`, `too long`, `foreign`.
const char* verdictName(Verdict verdict);

} // namespace lm::wav
