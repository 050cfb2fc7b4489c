#include "plugins/common/video/h264.hpp"

#include <algorithm>
#include <cstring>

namespace lm::video {

std::optional<StartCode> findStartCode(Bytes data, std::size_t from) {
    // The one of `00 00 01` is rarer than zeros: look for it.
    for (std::size_t at = from + 2; at < data.size();) {
        const void* found = std::memchr(data.data() + at, 1, data.size() - at);
        if (!found) return std::nullopt;
        at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - data.data());
        if (data[at - 1] == 0 && data[at - 2] == 0) {
            const std::size_t code = at - 2;
            return StartCode{code > from && data[code - 1] == 0 ? code - 1 : code, at + 1};
        }
        ++at;
    }
    return std::nullopt;
}

bool beginsWithStartCode(Bytes data) {
    if (data.size() < 4 || data[0] != 0 || data[1] != 0) return false;
    return data[2] == 1 || (data[2] == 0 && data[3] == 1);
}

bool beginsAccessUnit(Bytes nal) {
    if (nal.empty()) return false;
    const std::uint8_t type = nalType(nal[0]);
    if (type >= nal::Sei && type <= nal::Delimiter) return true;
    if (type >= 14 && type <= 18) return true;
    // first_mb_in_slice is an Exp-Golomb number: its first bit is set only for 0.
    const bool slice = type == nal::Slice || type == 2 || type == nal::Idr;
    return slice && nal.size() > 1 && (nal[1] & 0x80) != 0;
}

AccessUnitContent inspect(Bytes unit) {
    AccessUnitContent content;
    auto code = findStartCode(unit, 0);
    while (code && code->nal < unit.size()) {
        const auto next = findStartCode(unit, code->nal);
        const std::size_t end = next ? next->begin : unit.size();
        const std::uint8_t type = nalType(unit[code->nal]);
        content.picture = content.picture || isVcl(type);
        content.idr = content.idr || type == nal::Idr;
        if (type == nal::Sps || type == nal::Pps) {
            auto& kept = type == nal::Sps ? content.sps : content.pps;
            kept.insert(kept.end(), {0, 0, 0, 1});
            kept.insert(kept.end(), unit.begin() + static_cast<std::ptrdiff_t>(code->nal),
                        unit.begin() + static_cast<std::ptrdiff_t>(end));
        }
        code = next;
    }
    return content;
}

} // namespace lm::video
