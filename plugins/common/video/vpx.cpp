#include "plugins/common/video/vpx.hpp"

namespace lm::video {
namespace {

class BitReader {
public:
    explicit BitReader(Bytes data) : data_(data) {}
    std::uint32_t read(unsigned bits) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < bits; ++i, ++position_) {
            const std::size_t byte = position_ / 8;
            if (byte >= data_.size()) {
                short_ = true;
                return 0;
            }
            value = value << 1 | (data_[byte] >> (7 - position_ % 8) & 1U);
        }
        return value;
    }
    bool ended() const { return short_; }

private:
    Bytes data_;
    std::size_t position_ = 0;
    bool short_ = false;
};

constexpr std::uint32_t vp9SyncCode = 0x498342;
constexpr std::uint32_t srgb = 7;

/// False for what a profile does not allow.
bool skipColour(BitReader& bits, unsigned profile) {
    if (profile >= 2) bits.read(1); // ten or twelve bits
    const bool oddProfile = profile == 1 || profile == 3;
    if (bits.read(3) == srgb) {
        if (oddProfile) bits.read(1);
        return oddProfile;
    }
    bits.read(1);                 // range
    if (oddProfile) bits.read(3); // subsampling, reserved
    return true;
}

} // namespace

std::optional<VpxHeader> readVp8Header(Bytes frame) {
    if (frame.size() < 3) return std::nullopt;
    const bool key = (frame[0] & 1) == 0;
    const unsigned version = frame[0] >> 1 & 7U;
    const std::size_t firstPartition =
        (frame[0] | std::size_t{frame[1]} << 8 | std::size_t{frame[2]} << 16) >> 5;
    if (version > 3 || firstPartition > frame.size()) return std::nullopt;
    if (!key) return VpxHeader{};
    if (frame.size() < 10 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a) return std::nullopt;
    const Size size{(frame[6] | std::uint32_t{frame[7]} << 8) & 0x3fff,
                    (frame[8] | std::uint32_t{frame[9]} << 8) & 0x3fff};
    if (size.width == 0 || size.height == 0) return std::nullopt;
    return VpxHeader{true, size};
}

std::optional<VpxHeader> readVp9Header(Bytes frame) {
    BitReader bits(frame);
    if (bits.read(2) != 2) return std::nullopt;
    const unsigned low = bits.read(1);
    const unsigned profile = low | bits.read(1) << 1;
    if (profile == 3 && bits.read(1) != 0) return std::nullopt;
    if (bits.read(1) != 0)
        return bits.ended() ? std::nullopt : std::optional(VpxHeader{}); // shows a frame again
    const bool key = bits.read(1) == 0;
    bits.read(2); // shown, error resilient
    if (bits.ended()) return std::nullopt;
    if (!key) return VpxHeader{};
    if (bits.read(24) != vp9SyncCode || !skipColour(bits, profile)) return std::nullopt;
    const Size size{bits.read(16) + 1, bits.read(16) + 1};
    if (bits.ended()) return std::nullopt;
    return VpxHeader{true, size};
}

} // namespace lm::video
