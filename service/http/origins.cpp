#include "service/http/origins.hpp"

#include <algorithm>

namespace lm::http {
namespace {

/// The host of `host[:port]`; an IPv6 address without its brackets.
std::string_view hostOf(std::string_view authority) {
    if (authority.starts_with('[')) {
        authority.remove_prefix(1);
        return authority.substr(0, authority.find(']'));
    }
    return authority.substr(0, authority.find(':'));
}

/// What follows `scheme://`; empty for `null` and the like.
std::string_view authorityOf(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

} // namespace

bool Origins::any() const {
    return listed_.size() == 1 && listed_.front() == "*";
}

bool Origins::lists(std::string_view origin) const {
    return std::any_of(listed_.begin(), listed_.end(), [origin](const std::string& entry) {
        return entry == origin ||
               (entry == "local" && config::isLoopback(std::string(hostOf(authorityOf(origin)))));
    });
}

bool Origins::admits(const Request& request) const {
    const std::string_view origin = request.header("Origin");
    if (origin.empty() || any() || lists(origin)) return true;
    const std::string_view authority = authorityOf(origin);
    return !authority.empty() && authority == request.header("Host");
}

bool Origins::servesHost(const Request& request) const {
    const std::string_view host = hostOf(request.header("Host"));
    if (!local_ || host.empty() || config::isLoopback(std::string(host))) return true;
    return std::any_of(listed_.begin(), listed_.end(),
                       [host](const std::string& entry) { return hostOf(authorityOf(entry)) == host; });
}

} // namespace lm::http
