#pragma once

#include "plugins/common/ownedfd.hpp"
#include "plugins/common/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace lm::downloads {

/// A file as it was when it was looked at. A recording that is being written, or that a crash left behind,
/// has the header that is true of what was there then: a download of it is a whole WAV file, however far the
/// recording has gone on.
struct Snapshot {
    OwnedFd file;
    std::string head; // what its first bytes are, instead of those on disk
    std::uint64_t size = 0;
    std::string etag;              // a strong one, with its quotes
    std::int64_t lastModified = 0; // Unix seconds
};

/// Reads the head of an open file. Blocks.
Result<std::shared_ptr<const Snapshot>> takeSnapshot(OwnedFd file);

/// `length` bytes of it from `first` on; nothing when the disk does not give all of them. Blocks.
std::optional<std::string> readAt(const Snapshot& snapshot, std::uint64_t first, std::size_t length);

} // namespace lm::downloads
