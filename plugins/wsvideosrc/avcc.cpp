#include "plugins/wsvideosrc/avcc.hpp"

#include "plugins/common/video/h264.hpp"

namespace lm::wsvideosrc {
namespace {

using video::Bytes;

void append(std::vector<std::uint8_t>& to, Bytes nal) {
    to.insert(to.end(), {0, 0, 0, 1});
    to.insert(to.end(), nal.begin(), nal.end());
}

bool plausible(std::uint8_t header) {
    const std::uint8_t type = video::nalType(header);
    return (header & 0x80) == 0 && type >= video::nal::Slice && type <= 20;
}

/// Takes `count` parameter sets of `type` from the front; false when they are not there.
bool takeSets(Bytes& rest, unsigned count, std::uint8_t type, std::vector<std::uint8_t>& to) {
    for (unsigned i = 0; i < count; ++i) {
        if (rest.size() < 2) return false;
        const std::size_t size = std::size_t{rest[0]} << 8 | rest[1];
        rest = rest.subspan(2);
        if (size == 0 || rest.size() < size || video::nalType(rest[0]) != type) return false;
        append(to, rest.first(size));
        rest = rest.subspan(size);
    }
    return true;
}

} // namespace

std::optional<AvcConfig> readAvcConfig(Bytes data) {
    // configurationVersion, three bytes of profile and level, then reserved bits that are ones.
    if (data.size() < 7 || data[0] != 1 || (data[4] & 0xfc) != 0xfc || (data[5] & 0xe0) != 0xe0)
        return std::nullopt;
    AvcConfig config;
    config.lengthBytes = (data[4] & 3U) + 1;
    const unsigned spsCount = data[5] & 0x1fU;
    Bytes rest = data.subspan(6);
    if (!takeSets(rest, spsCount, video::nal::Sps, config.parameterSets) || rest.empty()) return std::nullopt;
    const unsigned ppsCount = rest[0];
    rest = rest.subspan(1);
    if (!takeSets(rest, ppsCount, video::nal::Pps, config.parameterSets)) return std::nullopt;
    return config;
}

std::optional<std::vector<std::uint8_t>> toAnnexB(Bytes unit, unsigned lengthBytes) {
    std::vector<std::uint8_t> made;
    made.reserve(unit.size() + 16);
    while (!unit.empty()) {
        if (unit.size() < lengthBytes) return std::nullopt;
        std::size_t size = 0;
        for (unsigned i = 0; i < lengthBytes; ++i)
            size = size << 8 | unit[i];
        unit = unit.subspan(lengthBytes);
        if (size == 0 || size > unit.size() || !plausible(unit[0])) return std::nullopt;
        append(made, unit.first(size));
        unit = unit.subspan(size);
    }
    if (made.empty()) return std::nullopt;
    return made;
}

} // namespace lm::wsvideosrc
