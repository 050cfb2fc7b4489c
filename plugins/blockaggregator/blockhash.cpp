#include "plugins/blockaggregator/blockhash.hpp"

#include <xxhash.h>
#if defined(__x86_64__)
#include <xxh_x86dispatch.h> // AVX2 where the processor has it: half the time
#endif

#include <new>

namespace lm::blockaggregator {

void BlockHash::Free::operator()(XXH3_state_s* state) const {
    XXH3_freeState(state);
}

BlockHash::BlockHash() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    reset();
}

void BlockHash::add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string BlockHash::hex() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : canonical.digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

void BlockHash::reset() {
    XXH3_128bits_reset(state_.get());
}

} // namespace lm::blockaggregator
