#include "service/recordings/filerepair.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace lm::recordings {
namespace {

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    const int fd_;
};

constexpr int openFlags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

Finding failed(const char* what) {
    Finding finding;
    finding.kind = Finding::Kind::Failed;
    finding.problem = std::string(what) + ": " + std::generic_category().message(errno);
    return finding;
}

Finding other(Finding::Kind kind) {
    Finding finding;
    finding.kind = kind;
    return finding;
}

bool readAt(int fd, std::uint64_t offset, std::span<std::byte> out) {
    return ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(out.size());
}

/// Reads what nearly every header lies in once.
wav::Reader readerOf(int fd, std::uint64_t fileBytes) {
    std::array<std::byte, 1024> head;
    const std::size_t there = std::min<std::uint64_t>(fileBytes, head.size());
    const std::size_t read = readAt(fd, 0, std::span(head).first(there)) ? there : 0;
    return [fd, head, read](std::uint64_t offset, std::span<std::byte> out) {
        if (offset + out.size() > read) return readAt(fd, offset, out);
        std::memcpy(out.data(), head.data() + offset, out.size());
        return true;
    };
}

bool before(const timespec& a, const timespec& b) {
    return std::pair(a.tv_sec, a.tv_nsec) < std::pair(b.tv_sec, b.tv_nsec);
}

/// A time in the future is left by a clock that was wrong, not by a writer.
bool modifiedSince(const struct stat& status, const timespec& since) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return !before(status.st_mtim, since) && !before(now, status.st_mtim);
}

bool patch(int fd, const wav::Plan& plan) {
    for (const wav::Patch& p : plan.patches) {
        std::array<unsigned char, 4> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<unsigned char>(p.value >> (8 * i) & 0xff);
        if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(p.offset)) != 4) return false;
    }
    return true;
}

/// Opened again for writing only now: most files are sound, and may be read-only.
std::optional<Finding> apply(int directory, const char* name, const struct stat& examined,
                             const wav::Plan& plan) {
    const Descriptor file(::openat(directory, name, O_RDWR | openFlags));
    if (file.get() < 0) return failed("it cannot be written");
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return failed("it cannot be written");
    const bool same = status.st_dev == examined.st_dev && status.st_ino == examined.st_ino &&
                      status.st_size == examined.st_size;
    if (!same) return other(Finding::Kind::InUse);
    if (!patch(file.get(), plan)) return failed("its header cannot be written");
    const std::array<timespec, 2> times{examined.st_atim, examined.st_mtim};
    ::futimens(file.get(), times.data());
    ::fdatasync(file.get());
    return std::nullopt;
}

} // namespace

Finding repairFile(int directory, const char* name, const timespec& since) {
    struct stat status {};
    // Looked at before it is opened: to open a device can have effects.
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return failed("it cannot be examined");
    if (!S_ISREG(status.st_mode)) return other(Finding::Kind::NotAFile);
    const Descriptor file(::openat(directory, name, O_RDONLY | openFlags));
    if (file.get() < 0) return failed("it cannot be read");
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return other(Finding::Kind::InUse);
    if (::fstat(file.get(), &status) != 0) return failed("it cannot be read");
    if (!S_ISREG(status.st_mode)) return other(Finding::Kind::NotAFile);
    if (modifiedSince(status, since)) return other(Finding::Kind::InUse);
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    const wav::Plan plan = wav::planRepair(bytes, readerOf(file.get(), bytes));
    if (plan.verdict == wav::Verdict::Repair)
        if (auto problem = apply(directory, name, status, plan)) return *problem;
    return {Finding::Kind::Examined, plan.verdict, plan.claimedFrames, plan.frames, {}};
}

} // namespace lm::recordings
