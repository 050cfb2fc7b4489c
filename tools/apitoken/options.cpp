#include "tools/apitoken/options.hpp"

#include "service/access/token.hpp"
#include "service/config/values.hpp"
#include "tools/common/commandline.hpp"

namespace lm::apitoken {
namespace {

constexpr std::uint32_t longestTtl = 400 * 86'400;

std::vector<tools::Option> table(Options& o) {
    using tools::into;
    return {
        {"--role", "ROLE", "viewer (reads), operator (starts and stops) or admin (manages users)",
         into(o.role)},
        {"--subject", "NAME", "who it is for (nobody in particular)", into(o.subject)},
        {"--ttl", "SECONDS", "how long it is valid (3600)", into(o.ttl, 1, longestTtl)},
    };
}

} // namespace

Result<Options> parseOptions(const std::vector<std::string>& args) {
    Options options;
    const auto parsed = tools::parseOptions(table(options), args);
    if (!parsed) return parsed.error();
    options.help = *parsed == tools::Parsed::Help;
    if (options.help) return options;
    if (options.role.empty()) return Error{"--role is missing"};
    if (!access::roleFromName(options.role)) return Error{"--role must be viewer, operator or admin"};
    return options;
}

std::string helpText() {
    Options o;
    return "Usage: token --role viewer|operator|admin [OPTION]...\n\n"
           "Prints a bearer token for the API: curl -H \"Authorization: Bearer TOKEN\" .... The secret is "
           "the\n"
           "first one of API_TOKEN_SECRET, from the environment or .env. A token cannot be taken back "
           "before\n"
           "it expires, but by changing the secret.\n\n" +
           tools::describe(table(o)) + "\nExit status: 0, or 2 for wrong usage or no secret.\n";
}

Result<std::string> signingSecret(const char* value) {
    if (!value || !*value)
        return Error{"API_TOKEN_SECRET is not set, neither in the environment nor in .env"};
    const auto secrets = config::readSecrets(value);
    if (!secrets) return Error{"API_TOKEN_SECRET must be " + secrets.error().message};
    return secrets->front();
}

Result<std::string> tokenFor(const Options& options, const std::string& secret, std::chrono::seconds now) {
    const access::Caller caller{options.subject,
                                access::roleFromName(options.role).value_or(access::Role::Viewer)};
    return access::makeToken(secret, caller, now.count(), now.count() + options.ttl);
}

} // namespace lm::apitoken
