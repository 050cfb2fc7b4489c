#include "plugins/common/video/ivf.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace lm::video {
namespace {

template <typename Array> void put(Array& bytes, std::size_t at, std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::string_view fourcc(Codec codec) {
    switch (codec) {
    case Codec::H264:
        return "H264";
    case Codec::Vp8:
        return "VP80";
    case Codec::Vp9:
        break;
    }
    return "VP90";
}

constexpr std::size_t codecOffset = 8;
constexpr std::size_t longestHeader = 256; // all have 32: what says more is no header

} // namespace

IvfHeader ivfHeader(Codec codec, Size size, std::uint32_t frames) {
    IvfHeader header{};
    std::memcpy(header.data(), "DKIF", 4);
    put(header, 6, ivfHeaderBytes, 2);
    std::memcpy(header.data() + codecOffset, fourcc(codec).data(), 4);
    put(header, 12, size.width, 2);
    put(header, 14, size.height, 2);
    put(header, 16, ivfTimescale, 4);
    put(header, 20, 1, 4);
    put(header, ivfFrameCountOffset, frames, 4);
    return header;
}

IvfFrameHeader ivfFrameHeader(std::uint32_t bytes, std::uint64_t pts) {
    IvfFrameHeader header{};
    put(header, 0, bytes, 4);
    put(header, 4, pts, 8);
    return header;
}

bool beginsLikeIvf(Bytes data) {
    return data.size() >= 4 && std::memcmp(data.data(), "DKIF", 4) == 0;
}

std::uint32_t readLe32(Bytes data, std::size_t at) {
    return data[at] | std::uint32_t{data[at + 1]} << 8 | std::uint32_t{data[at + 2]} << 16 |
           std::uint32_t{data[at + 3]} << 24;
}

std::optional<IvfStream> readIvfHeader(Bytes data) {
    if (data.size() < ivfHeaderBytes || !beginsLikeIvf(data)) return std::nullopt;
    IvfStream stream;
    stream.headerBytes = std::max<std::size_t>(ivfHeaderBytes, data[6] | std::size_t{data[7]} << 8);
    if (stream.headerBytes > longestHeader) return std::nullopt;
    for (const Codec codec : {Codec::H264, Codec::Vp8, Codec::Vp9})
        if (std::memcmp(data.data() + codecOffset, fourcc(codec).data(), 4) == 0) stream.codec = codec;
    stream.size = {data[12] | std::uint32_t{data[13]} << 8, data[14] | std::uint32_t{data[15]} << 8};
    return stream;
}

} // namespace lm::video
