#include "tools/signurl/options.hpp"
#include "tools/signurl/signing.hpp"

#include <cstdio>

namespace {

int wrongUse(const lm::Error& error) {
    std::fprintf(stderr, "sign-url: %s\nTry 'sign-url --help'.\n", error.message.c_str());
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    using namespace lm::signurl;
    const auto options = parseOptions({argv + 1, argv + argc});
    if (!options) return wrongUse(options.error());
    if (options->help) return std::fputs(helpText().c_str(), stdout) < 0 ? 2 : 0;
    const auto secret = secretFromEnvironment();
    if (!secret) return wrongUse(secret.error());
    const auto url = signedUrl(*options, *secret, expiresIn(std::chrono::seconds(options->ttl)));
    if (!url) return wrongUse(url.error());
    return std::puts(url->c_str()) < 0 ? 2 : 0;
}
