#pragma once

#include "service/http/request.hpp"
#include "service/http/response.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace lm::meet {

/// LiveKit's own limits of names; of metadata a quarter of its.
inline constexpr std::size_t maxName = 256;
inline constexpr std::size_t maxMetadata = 16 * 1024;

/// A text of the query: UTF-8 without control characters, given once. `missing`: not there at all, or empty.
struct Parameter {
    std::string value;
    bool missing = true;
    std::optional<http::Response> refusal = {}; // 400 for what it must not be
};
Parameter readParameter(const http::Request& request, const std::string& name, std::size_t most);

} // namespace lm::meet
