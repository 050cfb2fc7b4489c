#pragma once

#include "service/autoegress/core.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace lm::egresscontrol {

/// The URL that LiveKit's egress sends the audio of a track to: EGRESS_PUBLIC_URL with what the track is.
class MediaUrl {
public:
    /// LiveKit looks for the track for 30 s and connects for 45 s; an egress that had no capacity waits, too.
    static constexpr std::chrono::minutes life{5};

    /// `base`: ws or wss, without a query, a slash at its end and `/egress-audio`. `secret` signs; empty: the
    /// service lets everybody in.
    MediaUrl(std::string base, std::string secret) : place_(std::move(base)), secret_(std::move(secret)) {
        place_ += path;
    }

    /// Holds a secret: never to be logged or answered. `now`: Unix seconds.
    std::string of(const autoegress::Publication& track, std::int64_t now) const;
    /// Without the query: no secret.
    const std::string& place() const { return place_; }
    /// Whether an egress to `url` sends to us. LiveKit may hide what its query says.
    bool isOurs(const std::string& url) const { return url.substr(0, url.find('?')) == place_; }

private:
    static constexpr char path[] = "/egress-audio"; // as the service sees it, whatever a proxy puts before it
    std::string place_;
    std::string secret_;
};

} // namespace lm::egresscontrol
