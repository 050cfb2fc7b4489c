#pragma once

#include "plugins/common/files/storage.hpp"

#include <algorithm>
#include <vector>

namespace lm::files {

/// Takes a run of bytes from the front, piece by piece, without copying them. Keeps its vector between
/// buffers, so that a tick allocates nothing.
class PieceCursor {
public:
    void reset(Pieces pieces) {
        pieces_ = pieces;
        into_ = 0;
        remaining_ = 0;
        for (const Piece& piece : pieces)
            remaining_ += piece.size();
    }
    std::size_t remaining() const { return remaining_; }

    /// The next `bytes`, at most what remains, behind `front` (may be empty). Valid until the next call.
    Pieces take(std::size_t bytes, Piece front = {}) {
        taken_.clear();
        if (!front.empty()) taken_.push_back(front);
        advance(bytes, [this](Piece piece) { taken_.push_back(piece); });
        return taken_;
    }
    void skip(std::size_t bytes) {
        advance(bytes, [](Piece) {});
    }

private:
    template <typename Each> void advance(std::size_t bytes, Each each) {
        while (bytes > 0 && remaining_ > 0) {
            const std::size_t n = std::min(bytes, pieces_.front().size() - into_);
            if (n > 0) each(pieces_.front().subspan(into_, n));
            bytes -= n;
            remaining_ -= n;
            into_ += n;
            if (into_ == pieces_.front().size()) {
                pieces_ = pieces_.subspan(1);
                into_ = 0;
            }
        }
    }

    Pieces pieces_;
    std::size_t into_ = 0;
    std::size_t remaining_ = 0;
    std::vector<Piece> taken_;
};

} // namespace lm::files
