#pragma once

#include "service/domain/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lm::association {

/// The last line of a track's ledger.
struct LedgerTail {
    std::string line;         // its kind
    std::uint64_t number = 0; // its place

    /// Nobody writes to it any more.
    bool closed() const { return line == "end" || line == "meeting"; }
};

/// Nullopt when the file ends within a line, or with something that is none. Blocks.
std::optional<LedgerTail> readTail(int ledger);
/// Adds the line that says which meeting the track is of, unless it is there or the file's end is not whole.
/// `ledger` was opened for reading and appending. Returns 0 or an errno; then the
/// file is as it was. Blocks.
int appendMeeting(int ledger, const std::string& meetingId, domain::UtcTime now);

} // namespace lm::association
