#pragma once

#include "service/access/gate.hpp"
#include "service/config/settings.hpp"
#include "service/egresscontrol/controller.hpp"
#include "service/egresscontrol/storeclaims.hpp"
#include "service/egresscontrol/survey.hpp"
#include "service/http/router.hpp"
#include "service/meetings/meetings.hpp"

#include <memory>
#include <string>

namespace lm {

/// The egresses of tracks, and what LiveKit is asked for so that lost webhooks heal, put together. Main
/// thread.
class EgressSide {
public:
    /// `api`: nullptr without a LiveKit; its answers must have come to an end before this goes.
    EgressSide(const config::Settings& settings, livekit::Api* api, store::Store& store,
               meetings::Meetings& meetings);

    void addTo(http::Router& router, const access::Gate& gate);
    /// nullptr when no egress can be started.
    egresscontrol::Controller* controller() const { return controller_.get(); }
    const egresscontrol::Surveyor* surveyor() const { return surveyor_.get(); }
    /// From here on LiveKit is asked.
    void start();
    void shutDown();

private:
    std::string missing() const;
    std::unique_ptr<egresscontrol::Controller> makeController();

    const config::Settings& settings_;
    livekit::Api* const api_;
    egresscontrol::StoreClaims claims_;
    std::unique_ptr<egresscontrol::Controller> controller_;
    std::unique_ptr<egresscontrol::Surveyor> surveyor_;
};

} // namespace lm
