#include "service/downloads/filebody.hpp"

#include <algorithm>
#include <utility>

namespace lm::downloads {
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
