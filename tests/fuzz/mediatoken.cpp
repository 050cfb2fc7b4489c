#include "service/security/mediatoken.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/fuzz/querytext.hpp"

// Who does not know the secret is not let in, whatever the token; who has a signed URL is, however it is
// spelled. Input: 1 byte that decides how to spoil a token, then `path LF query`.

using namespace lm;
using fuzz::promise;
using Verdict = security::MediaTokens::Verdict;

namespace {

const std::string secret = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t expires = 1'700'000'000;
constexpr std::chrono::seconds inTime{expires};

/// The token of the input was made without the secret, unless it is the very one that the secret makes.
void checkForgery(const std::string& path, const domain::EgressParameters& parameters) {
    const security::MediaTokens tokens({secret});
    const Verdict verdict = tokens.check(path, parameters, std::chrono::seconds{0});
    const auto token = parameters.find(domain::tokenParameter);
    promise((verdict == Verdict::Missing) == (token == parameters.end()), "missing when there is none");
    if (verdict != Verdict::Valid) return;
    const std::string text = token->second.substr(3);
    promise(token->second == security::signMediaUrl(secret, path, parameters, std::stoll(text)),
            "no forgery");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Front front(data, size);
    const std::size_t spoiler = front.take(1);
    const std::string_view text = fuzz::asText(front.rest(), front.left());
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string path(text.substr(0, end));
    auto read = domain::readEgressParameters(text.substr(std::min(end + 1, text.size())));
    if (!read) return 0;
    domain::EgressParameters& parameters = *read;
    checkForgery(path, parameters);

    std::string& token = parameters[domain::tokenParameter];
    token = security::signMediaUrl(secret, path, parameters, expires);
    const auto spelled = domain::readEgressParameters(fuzz::queryText(parameters));
    const security::MediaTokens tokens({secret}), others({secret + "x"});
    promise(spelled && tokens.check(path, *spelled, inTime) == Verdict::Valid, "a signed URL is let in");
    promise(tokens.check(path + "x", parameters, inTime) == Verdict::Mismatch, "its path is bound");
    promise(others.check(path, parameters, inTime) == Verdict::Mismatch, "its secret is bound");
    promise(tokens.check(path, parameters, inTime + std::chrono::hours{1}) == Verdict::Expired, "it expires");
    token[spoiler % token.size()] ^= 1;
    promise(tokens.check(path, parameters, inTime) != Verdict::Valid, "every character counts");
    return 0;
}
