#include "service/autoegress/reason.hpp"

#include "service/livekit/failure.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace lm::autoegress {
namespace {

using livekit::EgressStatus;

struct Sign {
    std::initializer_list<std::string_view> words; // any of them
    const char* meaning;
};

/// What LiveKit's egress says, and what it means here. The first that fits counts.
const std::array signs{
    Sign{{"bad handshake"},
         "LiveKit reached EGRESS_PUBLIC_URL and was not let in: a token that does not fit or has expired, no "
         "place for another track, or a proxy in between"},
    Sign{{"connection refused", "no such host", "no route to host", "network is unreachable", "i/o timeout",
          "context deadline exceeded"},
         "LiveKit's egress cannot reach EGRESS_PUBLIC_URL: it must lead here from where the egress runs"},
    Sign{{"x509", "certificate", "tls:"},
         "LiveKit's egress does not trust the certificate of EGRESS_PUBLIC_URL"},
    Sign{{"invalid scheme", "malformed ws"}, "EGRESS_PUBLIC_URL is no URL that LiveKit's egress takes"},
    Sign{{"incompatible with codec", "not yet supported"},
         "LiveKit's egress cannot send a track of this codec"},
    Sign{{"connection to room failed"}, "LiveKit's egress lost its connection to the room"},
    Sign{{"Start signal not received", "Stop called before"}, "LiveKit's egress was stopped before it began"},
    Sign{{"no response from servers", "CPU exhausted"}, "LiveKit's egress has no capacity left"},
    Sign{{"Process killed"}, "LiveKit's egress process was killed"},
    Sign{{"broken pipe", "connection reset", "close sent", "unexpected EOF"},
         "the connection from LiveKit's egress broke"},
};

bool has(const std::string& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

std::string meaningOf(const std::string& said) {
    for (const Sign& sign : signs) {
        const auto found = [&](std::string_view word) { return has(said, word); };
        if (std::any_of(sign.words.begin(), sign.words.end(), found)) return sign.meaning;
    }
    if (has(said, "track") && has(said, "not found"))
        return "the track was gone when LiveKit's egress wanted it";
    return {};
}

} // namespace

bool wasStopped(const livekit::Egress& egress) {
    return egress.status == EgressStatus::Complete && has(egress.details, "StopEgress API");
}

std::string endReason(const livekit::Egress& egress) {
    if (livekit::isLive(egress.status)) return {};
    if (egress.status == EgressStatus::LimitReached)
        return "LiveKit's limit for the length of an egress was reached";
    if (egress.status == EgressStatus::Complete)
        return wasStopped(egress) ? "it was stopped" : "its track or its connection to the room ended";
    const std::string said = egress.error.empty() ? egress.details : egress.error;
    if (const std::string meaning = meaningOf(said + " " + egress.details); !meaning.empty())
        return meaning + (said.empty() ? "" : " (" + livekit::withoutSecrets(said) + ")");
    return said.empty() ? "LiveKit's egress failed without saying why"
                        : "LiveKit's egress failed: " + livekit::withoutSecrets(said);
}

} // namespace lm::autoegress
