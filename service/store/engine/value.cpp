#include "service/store/engine/value.hpp"

#include "service/domain/utf8.hpp"

#include <charconv>

namespace lm::store {
namespace {

std::string storable(const std::string& text) {
    if (domain::isUtf8(text) && text.find('\0') == std::string::npos) return text;
    std::string clean;
    clean.reserve(text.size());
    for (std::string_view rest = text; !rest.empty();) {
        const auto point = domain::readCodePoint(rest);
        if (point.valid && point.value != 0)
            clean += rest.substr(0, point.bytes);
        else
            clean += "\xEF\xBF\xBD";
        rest.remove_prefix(point.bytes);
    }
    return clean;
}

} // namespace

Value::Value(const std::string& text) : data_(storable(text)) {}

std::optional<std::int64_t> maybeInteger(const Cell& cell) {
    if (!cell) return std::nullopt;
    std::int64_t number = 0;
    std::from_chars(cell->data(), cell->data() + cell->size(), number);
    return number;
}

std::int64_t integerOf(const Cell& cell) {
    return maybeInteger(cell).value_or(0);
}

std::optional<domain::UtcTime> maybeTime(const Cell& cell) {
    const auto ms = maybeInteger(cell);
    if (!ms) return std::nullopt;
    return fromUnixMs(*ms);
}

std::string textOf(const Cell& cell) {
    return cell.value_or(std::string());
}

} // namespace lm::store
