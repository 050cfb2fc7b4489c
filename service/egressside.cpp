#include "service/egressside.hpp"

#include "service/egresscontrol/endpoints.hpp"

#include <random>

namespace lm {

EgressSide::EgressSide(const config::Settings& settings, livekit::Api* api, store::Store& store,
                       meetings::Meetings& meetings)
    : settings_(settings), api_(api), claims_(store, nullptr), controller_(makeController()) {
    if (!api || settings.livekit.reconcileMs == 0) return;
    egresscontrol::Surveyor::Options options;
    options.api = api;
    options.interval = std::chrono::milliseconds(settings.livekit.reconcileMs);
    options.deep = controller_ != nullptr;
    options.done = [this, &meetings](const egresscontrol::Survey& survey) {
        meetings.reconcile(survey.rooms, survey.askedAt);
        if (controller_) controller_->apply(survey.snapshot);
    };
    surveyor_ = std::make_unique<egresscontrol::Surveyor>(std::move(options));
}

/// The first variable that must be set before an egress can be started; empty when all are.
std::string EgressSide::missing() const {
    if (settings_.livekit.url.empty()) return "LIVEKIT_URL";
    if (settings_.livekit.apiKey.empty()) return "LIVEKIT_API_KEY";
    return settings_.livekit.mediaUrl.empty() ? "EGRESS_PUBLIC_URL" : "";
}

std::unique_ptr<egresscontrol::Controller> EgressSide::makeController() {
    if (!api_ || !missing().empty()) return nullptr;
    const auto& egress = settings_.egress;
    const bool open = egress.auth != config::EgressAuth::Token;
    egresscontrol::Controller::Options options;
    options.automatic = settings_.livekit.autoEgress;
    options.url = {settings_.livekit.mediaUrl, open ? "" : egress.authSecrets.front()};
    options.api = api_;
    options.claims = &claims_;
    options.random = [engine = std::mt19937(std::random_device()())]() mutable {
        return std::uniform_real_distribution<>()(engine);
    };
    return std::make_unique<egresscontrol::Controller>(std::move(options));
}

void EgressSide::addTo(http::Router& router, const access::Gate& gate) {
    egresscontrol::addEgress(router, controller_.get(), api_, gate, missing());
}

void EgressSide::start() {
    if (surveyor_) surveyor_->start();
}

void EgressSide::shutDown() {
    if (surveyor_) surveyor_->stop();
    if (controller_) controller_->shutDown();
}

} // namespace lm
