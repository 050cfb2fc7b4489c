#include "service/http/request.hpp"

#include <strings.h>

namespace lm::http {

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
    return {};
}

} // namespace lm::http
