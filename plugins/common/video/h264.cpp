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

namespace {

/// The Exp-Golomb number (ITU-T H.264, 9.1) at bit `at`, which moves behind it; nullopt when it is cut or
/// longer than those at the beginning of a slice are.
std::optional<unsigned> readExpGolomb(Bytes data, std::size_t& at) {
    const auto bit = [&](std::size_t i) { return (data[i / 8] >> (7 - i % 8)) & 1U; };
    unsigned zeros = 0;
    while (at < data.size() * 8 && bit(at) == 0)
        ++zeros, ++at;
    if (zeros > 20 || at + zeros >= data.size() * 8) return std::nullopt;
    unsigned number = 0;
    for (unsigned i = 0; i <= zeros; ++i)
        number = number * 2 + bit(at++);
    return number - 1;
}

/// slice_type of table 7-6: B. `nal` begins with the header byte.
bool isBidirectional(Bytes nal) {
    const Bytes start = nal.subspan(1, std::min<std::size_t>(nal.size() - 1, 8));
    std::size_t at = 0;
    if (!readExpGolomb(start, at)) return false; // first_mb_in_slice
    const auto type = readExpGolomb(start, at);
    return type && (*type == 1 || *type == 6);
}

} // namespace

AccessUnitContent inspect(Bytes unit) {
    AccessUnitContent content;
    auto code = findStartCode(unit, 0);
    while (code && code->nal < unit.size()) {
        const auto next = findStartCode(unit, code->nal);
        const std::size_t end = next ? next->begin : unit.size();
        const std::uint8_t type = nalType(unit[code->nal]);
        if (isVcl(type) && !content.picture)
            content.whole = beginsAccessUnit(unit.subspan(code->nal, end - code->nal));
        content.picture = content.picture || isVcl(type);
        content.idr = content.idr || type == nal::Idr;
        if (type == nal::Slice && isBidirectional(unit.subspan(code->nal, end - code->nal)))
            content.bidirectional = true;
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
