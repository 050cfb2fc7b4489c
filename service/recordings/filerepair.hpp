#pragma once

#include "plugins/common/wav/repair.hpp"

#include <cstdint>
#include <string>

#include <time.h>

namespace lm::recordings {

/// What became of one file.
struct Finding {
    enum class Kind {
        Examined, // `verdict` says with what result; Repair: it has been repaired
        InUse,    // someone writes it
        NotAFile, // a link, FIFO, device, directory
        Failed,   // `problem` says why; the file is as it was, or its header is partly repaired
    };
    Kind kind = Kind::NotAFile;
    wav::Verdict verdict = wav::Verdict::Foreign;
    std::uint64_t claimedFrames = 0;
    std::uint64_t frames = 0;
    std::string problem;
};

/// Makes the lengths in the header of `name`, a file in the open directory, true; touches nothing else, and
/// keeps its time of modification. Never follows a link and never waits for a FIFO. A file is in use when it
/// is locked, or was modified since `since` (CLOCK_REALTIME_COARSE, as file systems stamp).
Finding repairFile(int directory, const char* name, const timespec& since);

} // namespace lm::recordings
