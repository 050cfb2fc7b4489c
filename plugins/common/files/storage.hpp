#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace lm::files {

using Piece = std::span<const std::byte>;
using Pieces = std::span<const Piece>;

/// How far a write came. Fewer bytes than given: `error` says why.
struct Written {
    std::size_t bytes = 0;
    std::error_code error = {};
};

/// One open file. Closed by destruction, which waits for no disk.
class File {
public:
    virtual ~File() = default;
    /// One call of the system for all pieces, unless that is interrupted or takes a part only.
    virtual Written writeAt(std::uint64_t offset, Pieces pieces) = 0;
    /// Takes away what stands behind `size`: the half of something that a full disk did not take whole. What
    /// cannot be taken away stays.
    virtual void cut(std::uint64_t size) = 0;
    /// Asks the system to begin to bring everything to the disk. Does not wait for it.
    virtual void settle() = 0;
};

struct Opened {
    std::unique_ptr<File> file; // empty on failure
    std::error_code error = {};
};

/// Where the parts of a recording lie: a file system, or a test's idea of one.
class Storage {
public:
    virtual ~Storage() = default;
    /// A new file and the directories above it. An existing file of that name is an error (file_exists), a
    /// link too. While the file is open it is marked as in use, so that nobody repairs it.
    virtual Opened create(const std::string& path) = 0;
    /// An existing file, to rewrite its header.
    virtual Opened reopen(const std::string& path) = 0;
    /// Takes back a file that was just created and holds nothing.
    virtual void remove(const std::string& path) = 0;
};

} // namespace lm::files
