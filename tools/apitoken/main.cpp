#include "tools/apitoken/options.hpp"

#include <cstdio>
#include <cstdlib>

namespace {

int wrongUse(const lm::Error& error) {
    std::fprintf(stderr, "token: %s\nTry 'token --help'.\n", error.message.c_str());
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    using namespace lm::apitoken;
    const auto options = parseOptions({argv + 1, argv + argc});
    if (!options) return wrongUse(options.error());
    if (options->help) return std::fputs(helpText().c_str(), stdout) < 0 ? 2 : 0;
    const auto secret = signingSecret(std::getenv("API_TOKEN_SECRET"));
    if (!secret) return wrongUse(secret.error());
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto token = tokenFor(*options, *secret, std::chrono::duration_cast<std::chrono::seconds>(now));
    if (!token) return wrongUse(token.error());
    return std::puts(token->c_str()) < 0 ? 2 : 0;
}
