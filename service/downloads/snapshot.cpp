#include "service/downloads/snapshot.hpp"

#include "plugins/common/wav/repair.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace lm::downloads {
namespace {

/// Beyond every header that is written here.
constexpr std::size_t headBytes = 4096;
constexpr std::uint64_t riffSizeAt = 4, riffPrefix = 8;

void patch(std::string& head, const wav::Patch& change) {
    for (unsigned i = 0; i < 4; ++i)
        head[static_cast<std::size_t>(change.offset) + i] = static_cast<char>(change.value >> (8 * i) & 0xff);
}

/// Makes the head and the size those of a whole WAV file, when it is one.
void makeTrue(Snapshot& snapshot) {
    const int fd = snapshot.file.get();
    const wav::Reader read = [&](std::uint64_t offset, std::span<std::byte> out) {
        if (offset + out.size() > snapshot.head.size())
            return ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset)) ==
                   static_cast<ssize_t>(out.size());
        std::memcpy(out.data(), snapshot.head.data() + offset, out.size());
        return true;
    };
    const wav::Plan plan = wav::planRepair(snapshot.size, read);
    if (plan.verdict != wav::Verdict::Repair) return;
    const bool inside = std::all_of(plan.patches.begin(), plan.patches.end(), [&](const wav::Patch& change) {
        return change.offset + 4 <= snapshot.head.size();
    });
    if (!inside) return;
    for (const wav::Patch& change : plan.patches) {
        patch(snapshot.head, change);
        if (change.offset == riffSizeAt) snapshot.size = std::min(snapshot.size, change.value + riffPrefix);
    }
}

} // namespace

std::optional<std::string> readAt(const Snapshot& snapshot, std::uint64_t first, std::size_t length) {
    std::string piece(length, '\0');
    std::size_t done = 0;
    if (first < snapshot.head.size()) {
        done = std::min(length, snapshot.head.size() - static_cast<std::size_t>(first));
        snapshot.head.copy(piece.data(), done, static_cast<std::size_t>(first));
    }
    while (done < length) {
        const ssize_t got = ::pread(snapshot.file.get(), piece.data() + done, length - done,
                                    static_cast<off_t>(first + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        done += static_cast<std::size_t>(got);
    }
    return piece;
}

Result<std::shared_ptr<const Snapshot>> takeSnapshot(OwnedFd file) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->file = std::move(file);
    struct stat status {};
    if (::fstat(snapshot->file.get(), &status) != 0)
        return Error{"the file cannot be examined: " + std::generic_category().message(errno)};
    snapshot->size = static_cast<std::uint64_t>(status.st_size);
    snapshot->lastModified = status.st_mtim.tv_sec;
    snapshot->head.resize(std::min<std::uint64_t>(snapshot->size, headBytes));
    const ssize_t got = ::pread(snapshot->file.get(), snapshot->head.data(), snapshot->head.size(), 0);
    if (got != static_cast<ssize_t>(snapshot->head.size())) return Error{"the file cannot be read"};
    makeTrue(*snapshot);
    char etag[80];
    std::snprintf(etag, sizeof etag, "\"%llx-%llx-%llx.%lx\"", static_cast<unsigned long long>(status.st_ino),
                  static_cast<unsigned long long>(snapshot->size),
                  static_cast<unsigned long long>(status.st_mtim.tv_sec),
                  static_cast<unsigned long>(status.st_mtim.tv_nsec));
    snapshot->etag = etag;
    return std::shared_ptr<const Snapshot>(std::move(snapshot));
}

} // namespace lm::downloads
