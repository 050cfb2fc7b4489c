#pragma once

#include "service/http/response.hpp"

#include <atomic>
#include <memory>

namespace lm::engineio {

/// What may wait, all polls together, for clients that have asked for it and do not fetch it.
class Unfetched {
public:
    explicit Unfetched(std::size_t limit) : limit_(limit) {}
    /// False when there would be too much; else `give` has to follow.
    bool take(std::size_t bytes) {
        if (bytes_.fetch_add(bytes) + bytes <= limit_) return true;
        give(bytes);
        return false;
    }
    void give(std::size_t bytes) { bytes_.fetch_sub(bytes); }
    std::size_t bytes() const { return bytes_; }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> bytes_{0};
};

/// Small enough to be handed over whole: the kernel takes it, or nearly so.
inline constexpr std::size_t pollPiece = 64 << 10;

/// Makes a large body one that is sent in pieces and counted until it is out or its client has gone; false,
/// and the body is dropped, when too much waits already.
bool holdUnfetched(http::Response& response, const std::shared_ptr<Unfetched>& unfetched);

} // namespace lm::engineio
