#include "service/downloads/filebody.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lm::downloads {
namespace {

/// What the snapshot has from `first` on; nothing when the disk does not give it.
http::BodySource::Piece readAt(const Snapshot& snapshot, std::uint64_t first, std::size_t length) {
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

} // namespace

FileBody::FileBody(std::shared_ptr<const Snapshot> snapshot, std::uint64_t first, std::uint64_t length,
                   std::weak_ptr<Readers> readers, std::shared_ptr<void> token)
    : snapshot_(std::move(snapshot)), next_(first), left_(length), readers_(std::move(readers)),
      token_(std::move(token)) {}

void FileBody::read(std::function<void(Piece)> done) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, pieceBytes));
    const std::uint64_t first = std::exchange(next_, next_ + length);
    left_ -= length;
    const auto readers = readers_.lock();
    if (!readers || !readers->run([snapshot = snapshot_, first, length, done] {
            done(readAt(*snapshot, first, length));
        }))
        done(std::nullopt);
}

} // namespace lm::downloads
