#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lm::video {

using Bytes = std::span<const std::uint8_t>;

enum class Codec { H264, Vp8, Vp9 };

/// As in the parameter `codec`: h264, vp8, vp9.
const char* codecName(Codec codec);
std::optional<Codec> codecOf(std::string_view name);

/// Pixels, as the stream says.
struct Size {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    bool operator==(const Size&) const = default;
};

} // namespace lm::video
