#include "service/store/page.hpp"

#include <charconv>

namespace lm::store {

std::string Cursor::text() const {
    return std::to_string(createdAt) + "." + id;
}

std::optional<Cursor> Cursor::parse(const std::string& text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string::npos || dot + 1 == text.size()) return std::nullopt;
    Cursor cursor{0, text.substr(dot + 1)};
    const auto [end, error] = std::from_chars(text.data(), text.data() + dot, cursor.createdAt);
    if (error != std::errc() || end != text.data() + dot) return std::nullopt;
    return cursor;
}

} // namespace lm::store
