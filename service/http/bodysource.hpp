#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace lm::http {

/// A body that is read while it is sent, a piece at a time: memory holds no more than one piece.
class BodySource {
public:
    using Piece = std::optional<std::string>;

    /// For what is made while it is sent.
    static constexpr std::uint64_t unknownSize = UINT64_MAX;

    virtual ~BodySource() = default;
    /// Bytes that are left, all pieces together. `unknownSize`, from the first call on or never: the body
    /// goes out in chunks, and an empty piece is its end.
    virtual std::uint64_t size() const = 0;
    /// Gets the next piece, never an empty one of a size that is known, or nothing when it cannot be read:
    /// the connection is cut then, so that nobody takes what came for all of it. `done` runs once, on any
    /// thread, perhaps before this returns. Not called again before that.
    virtual void read(std::function<void(Piece)> done) = 0;
};

} // namespace lm::http
