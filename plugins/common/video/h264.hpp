#pragma once

#include "plugins/common/video/codec.hpp"

#include <vector>

namespace lm::video {

/// NAL unit types this project looks at (ITU-T H.264 table 7-1).
namespace nal {
inline constexpr std::uint8_t Slice = 1;
inline constexpr std::uint8_t Idr = 5;
inline constexpr std::uint8_t Sei = 6;
inline constexpr std::uint8_t Sps = 7;
inline constexpr std::uint8_t Pps = 8;
inline constexpr std::uint8_t Delimiter = 9;
} // namespace nal

inline std::uint8_t nalType(std::uint8_t header) {
    return header & 0x1f;
}
inline bool isVcl(std::uint8_t type) {
    return type >= nal::Slice && type <= nal::Idr;
}

/// A start code in Annex B text: where it begins (with the zero byte of the long form) and where its NAL
/// does.
struct StartCode {
    std::size_t begin;
    std::size_t nal;
};

/// The first start code whose `00 00 01` begins at or after `from`; nal is data.size() at the most.
std::optional<StartCode> findStartCode(Bytes data, std::size_t from);
bool beginsWithStartCode(Bytes data);

/// Whether a NAL unit begins a new access unit after a coded picture (7.4.1.2.3, for senders without
/// redundant pictures). `nal` begins with the header byte; two bytes are enough.
bool beginsAccessUnit(Bytes nal);

/// What an access unit in Annex B holds.
struct AccessUnitContent {
    bool picture = false; // a coded slice
    bool idr = false;
    bool whole = false;                 // its first slice begins the picture
    bool bidirectional = false;         // a slice of type B
    std::vector<std::uint8_t> sps, pps; // all of each kind, with start codes
};
AccessUnitContent inspect(Bytes accessUnit);

} // namespace lm::video
