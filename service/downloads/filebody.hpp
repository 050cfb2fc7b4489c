#pragma once

#include "service/downloads/readers.hpp"
#include "service/downloads/snapshot.hpp"
#include "service/http/bodysource.hpp"

namespace lm::downloads {

/// A range of a snapshot as the body of an answer, read by `readers`, which may be gone before it.
class FileBody : public http::BodySource {
public:
    static constexpr std::size_t pieceBytes = 256 << 10;

    /// `token` is kept as long as the body: what counts downloads.
    FileBody(std::shared_ptr<const Snapshot> snapshot, std::uint64_t first, std::uint64_t length,
             std::weak_ptr<Readers> readers, std::shared_ptr<void> token);

    std::uint64_t size() const override { return left_; }
    void read(std::function<void(Piece)> done) override;

private:
    const std::shared_ptr<const Snapshot> snapshot_;
    std::uint64_t next_;
    std::uint64_t left_;
    const std::weak_ptr<Readers> readers_;
    const std::shared_ptr<void> token_;
};

} // namespace lm::downloads
