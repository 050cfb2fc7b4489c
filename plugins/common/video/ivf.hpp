#pragma once

#include "plugins/common/video/codec.hpp"

#include <array>

namespace lm::video {

/// IVF, the container of VP8 and VP9 bytestreams: a header of 32 bytes, then frames of 12 bytes of header and
/// their data. All numbers little-endian. Times here are milliseconds.
inline constexpr std::size_t ivfHeaderBytes = 32;
inline constexpr std::size_t ivfFrameHeaderBytes = 12;
inline constexpr std::uint32_t ivfTimescale = 1000; // units a second
inline constexpr std::size_t ivfFrameCountOffset = 24;

using IvfHeader = std::array<std::uint8_t, ivfHeaderBytes>;
using IvfFrameHeader = std::array<std::uint8_t, ivfFrameHeaderBytes>;

IvfHeader ivfHeader(Codec codec, Size size, std::uint32_t frames);
IvfFrameHeader ivfFrameHeader(std::uint32_t bytes, std::uint64_t pts);

/// What the header of somebody's IVF says.
struct IvfStream {
    std::optional<Codec> codec; // none: another one
    Size size;
    std::size_t headerBytes = ivfHeaderBytes;
};
bool beginsLikeIvf(Bytes data);
/// `data` has ivfHeaderBytes at least; nullopt when it is no IVF.
std::optional<IvfStream> readIvfHeader(Bytes data);

std::uint32_t readLe32(Bytes data, std::size_t at);

} // namespace lm::video
