#pragma once

#include "service/store/engine/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lm::store {

/// A place in a list that is sorted by age: what a page ended with. Rows that are added while somebody turns
/// the pages neither shift nor double what follows.
struct Cursor {
    std::int64_t createdAt = 0;
    std::string id;

    /// Opaque to clients: `<ms>.<id>`.
    std::string text() const;
    /// nullopt for what text() cannot have made.
    static std::optional<Cursor> parse(const std::string& text);

    bool operator==(const Cursor&) const = default;
};

/// Which part of a list.
struct PageRequest {
    std::optional<Cursor> after; // the first page without one
    std::uint32_t limit = 50;
};

template <typename T> struct Page {
    std::vector<T> items;
    std::optional<Cursor> next; // there is more
};

} // namespace lm::store
