#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lm::signurl {

struct Options {
    std::string url;
    std::string room, track, participant, meeting;
    std::uint32_t rate = 48'000, channels = 2; // what LiveKit sends
    std::uint32_t ttl = 600;                   // seconds
    std::string path;                          // as the service sees it; empty: that of the URL
    bool help = false;
};

Result<Options> parseOptions(const std::vector<std::string>& args);
std::string helpText();

/// The URL to give to LiveKit.
Result<std::string> signedUrl(const Options& options, const std::string& secret, std::int64_t expires);

} // namespace lm::signurl
