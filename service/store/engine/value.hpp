#pragma once

#include "service/domain/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace lm::store {

/// Milliseconds since the Unix epoch: how the database keeps a time.
inline std::int64_t unixMs(domain::UtcTime time) {
    return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
inline domain::UtcTime fromUnixMs(std::int64_t ms) {
    return domain::UtcTime(std::chrono::milliseconds(ms));
}

/// What is given to a statement for `$1`, `$2`, …: nothing (NULL), a whole number or text. Text that no
/// database takes, because it is no UTF-8 or has a NUL, gets U+FFFD in the place of what is wrong.
class Value {
public:
    using Data = std::variant<std::monostate, std::int64_t, std::string>;

    Value() = default;
    Value(std::int64_t number) : data_(number) {}
    Value(domain::UtcTime time) : data_(unixMs(time)) {}
    Value(const std::string& text);
    Value(const char* text) : Value(std::string(text)) {}
    template <typename T> Value(const std::optional<T>& value) {
        if (value) *this = Value(*value);
    }
    const Data& data() const { return data_; }

private:
    Data data_;
};
using Values = std::vector<Value>;

/// NULL, or a value as text.
using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;
using Rows = std::vector<Row>;

/// The whole number in a cell, 0 for NULL.
std::int64_t integerOf(const Cell& cell);
std::optional<std::int64_t> maybeInteger(const Cell& cell);
std::optional<domain::UtcTime> maybeTime(const Cell& cell);
/// The text, empty for NULL.
std::string textOf(const Cell& cell);

} // namespace lm::store
