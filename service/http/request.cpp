#include "service/http/request.hpp"

#include <strings.h>

namespace lm::http {

namespace {

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same(key, name)) return value;
    return {};
}

std::string Request::list(std::string_view name) const {
    std::string all;
    for (const auto& [key, value] : headers)
        if (same(key, name)) all += (all.empty() ? "" : ", ") + value;
    return all;
}

} // namespace lm::http
