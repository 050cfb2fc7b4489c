#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct XXH3_state_s;

namespace lm::blockaggregator {

/// XXH3-128 of the bytes of a block, incrementally, while they are in the cache anyway. It finds what is
/// missing, doubled or mixed up; it is no proof against somebody who wants to deceive.
class BlockHash {
public:
    BlockHash();
    void add(std::span<const std::byte> bytes);
    /// The canonical form: 32 hexadecimal digits, as `xxhsum -H2` prints them.
    std::string hex() const;
    void reset();

private:
    struct Free {
        void operator()(XXH3_state_s* state) const;
    };
    std::unique_ptr<XXH3_state_s, Free> state_; // 576 bytes that want to be aligned
};

} // namespace lm::blockaggregator
