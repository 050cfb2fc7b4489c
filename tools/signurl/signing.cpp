#include "tools/signurl/signing.hpp"

#include "plugins/common/handles.hpp"
#include "service/config/values.hpp"
#include "service/domain/egressquery.hpp"
#include "service/security/mediatoken.hpp"
#include "tools/common/query.hpp"

#include <cstdlib>

namespace lm::signurl {
namespace {

std::string decoded(const std::string& path) {
    const Owned<char> text(g_uri_unescape_string(path.c_str(), nullptr));
    return text ? text.get() : path;
}

} // namespace

Result<std::string> secretFromEnvironment() {
    const char* text = std::getenv("EGRESS_AUTH_SECRET");
    if (!text || !*text)
        return Error{"EGRESS_AUTH_SECRET is not set, neither in the environment nor in .env"};
    const auto secrets = config::readSecrets(text);
    if (!secrets) return Error{"EGRESS_AUTH_SECRET must be " + secrets.error().message};
    return secrets->front();
}

std::int64_t expiresIn(std::chrono::seconds lifetime) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return (std::chrono::duration_cast<std::chrono::seconds>(now) + lifetime).count();
}

Result<std::string> signedTarget(const std::string& target, const std::string& secret, std::int64_t expires,
                                 const std::string& path) {
    const auto mark = target.find('?');
    const std::string query = mark == std::string::npos ? "" : target.substr(mark + 1);
    auto parameters = domain::readEgressParameters(query);
    if (!parameters) return parameters.error();
    if (parameters->contains(domain::tokenParameter)) return Error{"the URL has a token already"};
    const std::string token = security::signMediaUrl(
        secret, decoded(path.empty() ? target.substr(0, mark) : path), *parameters, expires);
    if (const auto request = domain::parseEgressParameters(std::move(*parameters)); !request)
        return request.error();
    return tools::withParameters(target, {{domain::tokenParameter, token}});
}

} // namespace lm::signurl
