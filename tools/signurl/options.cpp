#include "tools/signurl/options.hpp"

#include "tools/common/commandline.hpp"
#include "tools/common/query.hpp"
#include "tools/signurl/signing.hpp"

namespace lm::signurl {
namespace {

constexpr std::uint32_t longestTtl = 30 * 86'400;

std::vector<tools::Option> table(Options& o) {
    using tools::into;
    return {
        {"--url", "ws[s]://HOST[:PORT]/egress-audio", "where the service is reached; its own query is kept",
         into(o.url)},
        {"--room", "NAME", "roomName", into(o.room)},
        {"--track", "ID", "trackId", into(o.track)},
        {"--participant", "NAME", "participant (none)", into(o.participant)},
        {"--meeting", "ID", "meetingId (none)", into(o.meeting)},
        {"--rate", "HZ", "sampleRate (48000)", into(o.rate, 8'000, 192'000)},
        {"--channels", "N", "channels (2, which LiveKit always sends)", into(o.channels, 1, 8)},
        {"--ttl", "SECONDS", "how long a socket can be opened with it (600); an open one stays open",
         into(o.ttl, 1, longestTtl)},
        {"--path", "PATH", "the path as the service sees it, when a proxy changes it", into(o.path)},
    };
}

tools::Parameters parametersOf(const Options& o) {
    tools::Parameters parameters;
    for (const auto& [name, value] : tools::Parameters{{"roomName", o.room},
                                                       {"participant", o.participant},
                                                       {"trackId", o.track},
                                                       {"meetingId", o.meeting},
                                                       {"sampleRate", std::to_string(o.rate)},
                                                       {"channels", std::to_string(o.channels)}})
        if (!value.empty()) parameters.emplace_back(name, value);
    return parameters;
}

/// Where the path of a media URL begins; npos when it is none.
std::size_t pathOf(const std::string& url) {
    for (const std::string scheme : {"ws://", "wss://"}) {
        if (!url.starts_with(scheme)) continue;
        const std::size_t path = url.find_first_of("/?#", scheme.size());
        const bool good = path != std::string::npos && path > scheme.size() && url[path] == '/';
        // LiveKit takes no user name, and sends no fragment.
        return good && url.find_first_of("@#", scheme.size()) == std::string::npos ? path : std::string::npos;
    }
    return std::string::npos;
}

} // namespace

Result<Options> parseOptions(const std::vector<std::string>& args) {
    Options options;
    const auto parsed = tools::parseOptions(table(options), args);
    if (!parsed) return parsed.error();
    options.help = *parsed == tools::Parsed::Help;
    if (options.help) return options;
    if (options.url.empty()) return Error{"--url is missing"};
    if (pathOf(options.url) == std::string::npos)
        return Error{
            "--url is not of the form ws://HOST:PORT/PATH or wss://HOST/PATH, without user and fragment"};
    if (!options.path.empty() && options.path.front() != '/') return Error{"--path must begin with /"};
    return options;
}

std::string helpText() {
    Options o;
    return "Usage: sign-url --url wss://HOST/egress-audio --room NAME --track ID [OPTION]...\n\n"
           "Prints the URL of a media socket with the token that lets it in when EGRESS_AUTH=token. The "
           "secret\n"
           "is the first one of EGRESS_AUTH_SECRET, from the environment or .env. What the token binds "
           "cannot\n"
           "be changed afterwards: path, room, participant, track, meeting and format.\n\n" +
           tools::describe(table(o)) + "\nExit status: 0, or 2 for wrong usage or no secret.\n";
}

Result<std::string> signedUrl(const Options& options, const std::string& secret, std::int64_t expires) {
    const std::size_t path = pathOf(options.url);
    const std::string target = tools::withParameters(options.url.substr(path), parametersOf(options));
    const auto made = signedTarget(target, secret, expires, options.path);
    if (!made) return made.error();
    return options.url.substr(0, path) + *made;
}

} // namespace lm::signurl
