#pragma once

#include "plugins/common/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lm::apitoken {

struct Options {
    std::string role;
    std::string subject;
    std::uint32_t ttl = 3600; // seconds
    bool help = false;
};

Result<Options> parseOptions(const std::vector<std::string>& args);
std::string helpText();

/// The secret that signs: the first one of the value of API_TOKEN_SECRET (nullptr: it is not set). No error
/// repeats it.
Result<std::string> signingSecret(const char* value);

/// The token that the API takes from `now` (Unix time) for as long as the options say.
Result<std::string> tokenFor(const Options& options, const std::string& secret, std::chrono::seconds now);

} // namespace lm::apitoken
