#pragma once

#include <cstdint>
#include <vector>

namespace lm::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// Small NAL units with true headers, and nothing true behind them.
inline const Bytes code{0, 0, 0, 1};
inline const Bytes sps{0x67, 0x42, 0x00, 0x1f, 0x96}, pps{0x68, 0xce, 0x3c, 0x80};
inline Bytes slice(std::uint8_t tag) {
    return {0x41, 0x9a, tag, 0x55};
}
inline Bytes idr(std::uint8_t tag) {
    return {0x65, 0x88, tag, 0x77};
}
inline Bytes keyUnit(std::uint8_t tag) {
    return code + sps + code + pps + code + idr(tag);
}
inline Bytes unit(std::uint8_t tag) {
    return code + slice(tag);
}

inline Bytes vp8Key(std::uint8_t tag) {
    return {0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00, tag};
}
inline Bytes vp8Delta(std::uint8_t tag) {
    return {0x11, 0, 0, tag};
}

} // namespace lm::test
