#include "service/livekit/failure.hpp"

#include "service/json/json.hpp"

#include <algorithm>

namespace lm::livekit {
namespace {

constexpr std::size_t maxMessage = 300;

Failure::Kind kindOf(unsigned status, const std::string& code) {
    if (code == "resource_exhausted" || code == "unavailable") return Failure::Kind::Busy;
    // Without a code it is a proxy that speaks: whether the request got through nobody knows.
    if (code.empty() && (status == 502 || status == 504)) return Failure::Kind::Late;
    switch (status) {
    case 400:
    case 413:
    case 415:
    case 501:
        return Failure::Kind::Invalid;
    case 401:
    case 403:
        return Failure::Kind::Refused;
    case 404:
        return Failure::Kind::NotFound;
    case 408:
        return Failure::Kind::Late;
    case 409:
    case 412:
        return Failure::Kind::Precondition;
    case 429:
    case 503:
        return Failure::Kind::Busy;
    default:
        return Failure::Kind::Broken;
    }
}

bool endsUrl(char c) {
    return c == ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\n' || c == '\t';
}

std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
}

} // namespace

bool isPassing(Failure::Kind kind) {
    return kind == Failure::Kind::Unreachable || kind == Failure::Kind::Late || kind == Failure::Kind::Busy ||
           kind == Failure::Kind::Broken;
}

std::string withoutSecrets(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) break;
        const std::size_t begin = scheme + 3;
        const auto stop =
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), endsUrl);
        std::string_view rest = text.substr(begin, static_cast<std::size_t>(stop - text.begin()) - begin);
        const std::size_t end = begin + rest.size();
        out += text.substr(0, begin);
        const std::size_t query = rest.find_first_of("?#");
        std::string_view place = rest.substr(0, query);
        if (const auto at = place.rfind('@'); at != std::string_view::npos) place = place.substr(at + 1);
        out += place;
        if (query != std::string_view::npos) out += "?...";
        text.remove_prefix(end);
    }
    return out.append(text);
}

Failure failureFrom(unsigned status, std::string_view body) {
    Failure failure;
    failure.status = status;
    std::string said;
    if (const auto parsed = json::parse(body, "answer")) {
        failure.code = json::stringMember(parsed->get(), "code");
        said = json::stringMember(parsed->get(), "msg");
    } else if (!body.starts_with('<')) { // no page of a proxy
        said = body;
    }
    failure.kind = kindOf(status, failure.code);
    said = printable(withoutSecrets(said));
    if (said.size() > maxMessage) said.resize(maxMessage);
    while (!said.empty() && said.back() == ' ')
        said.pop_back();
    failure.message = "LiveKit answered " + std::to_string(status) + (said.empty() ? "" : ": " + said);
    return failure;
}

} // namespace lm::livekit
