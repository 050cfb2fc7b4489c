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

    virtual ~BodySource() = default;
    /// Bytes that are left, all pieces together.
    virtual std::uint64_t size() const = 0;
    /// Gets the next piece, never an empty one, or nothing when it cannot be read: the connection is cut
    /// then, because its length was promised. `done` runs once, on any thread, perhaps before this returns.
    /// Not called again before that.
    virtual void read(std::function<void(Piece)> done) = 0;
};

} // namespace lm::http
