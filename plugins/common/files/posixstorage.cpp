#include "plugins/common/files/posixstorage.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace lm::files {
namespace {

constexpr mode_t fileMode = 0640;
/// A header and the memories of a GstBuffer, with something to spare.
constexpr std::size_t mostVectors = 24;
constexpr int mostDirectories = 16;

std::error_code lastError() {
    return {errno, std::generic_category()};
}

class PosixFile : public File {
public:
    explicit PosixFile(int fd) : fd_(fd) {}
    ~PosixFile() override { ::close(fd_); }
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Written writeAt(std::uint64_t offset, Pieces pieces) override {
        Written total;
        std::size_t into = 0; // of the first piece
        while (!pieces.empty()) {
            if (into == pieces.front().size()) {
                pieces = pieces.subspan(1);
                into = 0;
                continue;
            }
            std::array<iovec, mostVectors> vectors;
            const std::size_t count = std::min(pieces.size(), mostVectors);
            for (std::size_t i = 0; i < count; ++i) {
                const Piece piece = i == 0 ? pieces[0].subspan(into) : pieces[i];
                vectors[i] = {const_cast<std::byte*>(piece.data()), piece.size()};
            }
            const ssize_t n =
                write(std::span(vectors).first(count), static_cast<off_t>(offset + total.bytes));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) {
                total.error = n < 0 ? lastError() : std::make_error_code(std::errc::no_space_on_device);
                return total;
            }
            auto taken = static_cast<std::size_t>(n);
            total.bytes += taken;
            while (!pieces.empty() && taken >= pieces.front().size() - into) {
                taken -= pieces.front().size() - into;
                pieces = pieces.subspan(1);
                into = 0;
            }
            into += taken;
        }
        return total;
    }

    void cut(std::uint64_t size) override {
        while (::ftruncate(fd_, static_cast<off_t>(size)) < 0 && errno == EINTR) {
        }
    }
    void settle() override { ::sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE); }

private:
    ssize_t write(std::span<const iovec> pieces, off_t offset) const {
        if (pieces.size() == 1) return ::pwrite(fd_, pieces[0].iov_base, pieces[0].iov_len, offset);
        return ::pwritev(fd_, pieces.data(), static_cast<int>(pieces.size()), offset);
    }

    const int fd_;
};

Opened opened(int fd) {
    if (fd < 0) return {nullptr, lastError()};
    return {std::make_unique<PosixFile>(fd)};
}

} // namespace

Opened PosixStorage::create(const std::string& path) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
    int fd = ::open(path.c_str(), flags, fileMode);
    // More than once: whoever tidies up empty directories may be faster than we are.
    for (int i = 0; i < mostDirectories && fd < 0 && errno == ENOENT; ++i) {
        std::error_code failed;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), failed);
        if (failed && failed != std::errc::no_such_file_or_directory) return {nullptr, failed};
        fd = ::open(path.c_str(), flags, fileMode);
    }
    // The kernel forgets the lock when we die: a file that is not locked is nobody's. Not every file system
    // knows locks; the recording does not depend on it.
    if (fd >= 0) static_cast<void>(::flock(fd, LOCK_EX | LOCK_NB));
    return opened(fd);
}

Opened PosixStorage::reopen(const std::string& path) {
    return opened(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
}

void PosixStorage::remove(const std::string& path) {
    ::unlink(path.c_str());
}

} // namespace lm::files
