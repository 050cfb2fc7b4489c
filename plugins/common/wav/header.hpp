#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// RIFF WAVE headers as we write them: plain PCM, little-endian, every chunk before `data` of
/// fixed size, so that a header can be rewritten in place. Pure.
namespace lm::wav {

/// More than two channels are also written without WAVE_FORMAT_EXTENSIBLE: the speakers of a socket's
/// channels are unknown, every reader takes the plain form, and a later correction of the number of channels
/// fits.
struct Format {
    std::uint32_t rate = 48000;
    std::uint32_t channels = 1;
    std::uint32_t bits = 16; // of one sample, a multiple of 8

    std::uint32_t frameBytes() const { return channels * (bits / 8); }
    friend bool operator==(const Format&, const Format&) = default;
};

/// `fmt ` and `data` alone.
inline constexpr std::size_t plainHeaderBytes = 44;
/// The same with a `bext` chunk (EBU Tech 3285, version 1, without coding history) between them.
inline constexpr std::size_t headerBytes = plainHeaderBytes + 8 + 602;

using PlainHeader = std::array<std::byte, plainHeaderBytes>;
using Header = std::array<std::byte, headerBytes>;

/// Sizes that do not fit into 32 bits are saturated.
PlainHeader plainHeader(const Format& format, std::uint64_t dataBytes);
/// `utcNs` is the time of the first frame, nanoseconds since the Unix epoch; 0 is unknown and leaves date,
/// time and TimeReference empty. OriginationDate and -Time are UTC to the second, TimeReference is frames
/// since midnight UTC.
Header header(const Format& format, std::uint64_t dataBytes, std::int64_t utcNs);
/// Makes the lengths in a header those of a file with `dataBytes` of audio.
void setDataBytes(Header& header, std::uint64_t dataBytes);

} // namespace lm::wav
