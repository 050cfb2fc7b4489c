#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lm::domain {

/// Percent-decoding where `+` is a space; nullopt when an escape is not two hexadecimal digits.
std::optional<std::string> decodeFormText(std::string_view text);

/// The pairs of a query in their order, still encoded; a pair without `=` has an empty value.
std::vector<std::pair<std::string_view, std::string_view>> splitQuery(std::string_view query);

} // namespace lm::domain
