#pragma once

#include "service/access/gate.hpp"
#include "service/config/settings.hpp"
#include "service/http/front.hpp"
#include "service/livekit/client.hpp"
#include "service/meet/recording.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lm {

/// What the daemon does at LiveKit, put together: the client of its API, recordings of rooms, and the second
/// listener (MEET_PORT), where the browser client gets its tokens. Main thread.
class LivekitSide {
public:
    /// `gate`: who may record.
    static Result<std::unique_ptr<LivekitSide>> open(const config::Settings& settings,
                                                     const access::Gate& gate);
    /// Opens the second listener, unless there is to be none. `apiPort`: of the other one, for the browser
    /// client.
    std::optional<Error> serve(std::uint16_t apiPort, security::Refusals& refusals);
    /// nullptr without a LiveKit. Ends with this, and gives no answer any more.
    livekit::Client* client() const { return client_.get(); }

    /// Of the second listener; empty without one.
    std::string meetUrl() const { return front_ ? front_->url() : ""; }
    void reloadCertificate();

private:
    explicit LivekitSide(const config::Settings& settings);
    void makeClient(const std::string& origin);
    http::Router routes(std::uint16_t apiPort);

    const config::Settings& settings_;
    std::unique_ptr<meet::Recording> recording_;
    std::unique_ptr<livekit::Client> client_; // its answers go to what stands above: it ends first
    std::unique_ptr<http::Front> front_;
};

} // namespace lm
