#include "service/config/settings.hpp"

#include "service/config/entries.hpp"

#include <cstdlib>
#include <utility>

namespace lm::config {
namespace {

Error wrong(const Entry& entry, const std::string& value, const Error& allowed) {
    std::string message = std::string(entry.variable.name) + " must be " + allowed.message;
    if (!entry.secret) message += ", not '" + value.substr(0, 100) + "'";
    return {message, entry.variable.name};
}

/// Half of what is needed would fail at the first track, not at the start.
std::optional<Error> incompleteEgress(const LiveKitSettings& livekit) {
    if (!livekit.autoEgress) return std::nullopt;
    const std::pair<const char*, const std::string&> needed[] = {{"EGRESS_PUBLIC_URL", livekit.mediaUrl},
                                                                 {"LIVEKIT_URL", livekit.url},
                                                                 {"LIVEKIT_API_KEY", livekit.apiKey}};
    for (const auto& [name, value] : needed)
        if (value.empty())
            return Error{std::string(name) + " must be set because LIVEKIT_AUTO_EGRESS is true", name};
    return std::nullopt;
}

/// What a variable must be because of others.
std::optional<Error> conflict(const Settings& settings, bool authIsSet) {
    if (!authIsSet && !isLocal(settings.http))
        return Error{"EGRESS_AUTH must be set because HOST is not a loopback address, or TRUSTED_PROXIES is "
                     "set: token, with "
                     "EGRESS_AUTH_SECRET, or none to let everybody record who reaches this address",
                     "EGRESS_AUTH"};
    if (settings.http.certificateFile.empty() != settings.http.keyFile.empty())
        return Error{"TLS_CERTIFICATE_FILE and TLS_KEY_FILE must be set together, or not at all",
                     settings.http.keyFile.empty() ? "TLS_KEY_FILE" : "TLS_CERTIFICATE_FILE"};
    if (settings.egress.auth == EgressAuth::Token && settings.egress.authSecrets.empty())
        return Error{"EGRESS_AUTH_SECRET must be set because EGRESS_AUTH is token: 32 random characters or "
                     "more, for example from: openssl rand -hex 32",
                     "EGRESS_AUTH_SECRET"};
    if (settings.livekit.apiKey.empty() != settings.livekit.apiSecret.empty())
        return Error{"LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set together, or not at all",
                     settings.livekit.apiKey.empty() ? "LIVEKIT_API_KEY" : "LIVEKIT_API_SECRET"};
    if (!settings.livekit.webhookVerify && !isLocal(settings.http))
        return Error{"LIVEKIT_WEBHOOK_VERIFY must be true because HOST is not a loopback address, or "
                     "TRUSTED_PROXIES is set: anybody could "
                     "start and end meetings",
                     "LIVEKIT_WEBHOOK_VERIFY"};
    return incompleteEgress(settings.livekit);
}

bool isSet(const Environment& environment, const char* name) {
    const auto value = environment(name);
    return value && !value->empty();
}

} // namespace

Result<Settings> load(const Environment& environment) {
    Settings settings;
    for (const Entry& entry : entries()) {
        const auto value = environment(entry.variable.name);
        if (!value || value->empty()) continue;
        if (const auto allowed = entry.apply(settings, *value)) return wrong(entry, *value, *allowed);
    }
    if (!isSet(environment, "CORS_ORIGINS") && !isLocal(settings.http)) settings.http.corsOrigins = {};
    if (auto error = conflict(settings, isSet(environment, "EGRESS_AUTH"))) return *error;
    return settings;
}

/// `127.` alone would be the start of names, too.
bool isLoopback(const std::string& host) {
    const bool ofNumbers = host.find_first_not_of("0123456789.") == std::string::npos;
    return host == "localhost" || host == "::1" || (ofNumbers && host.starts_with("127."));
}

bool isLocal(const HttpSettings& http) {
    return isLoopback(http.host) && http.trustedProxies.empty();
}

std::optional<std::string> processEnvironment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
}

const std::vector<Variable>& variables() {
    static const std::vector<Variable> rows = [] {
        std::vector<Variable> all;
        for (const Entry& entry : entries())
            all.push_back(entry.variable);
        return all;
    }();
    return rows;
}

} // namespace lm::config
