#include "service/egresscontrol/storeclaims.hpp"

#include "service/store/claims.hpp"
#include "service/store/identifier.hpp"

namespace lm::egresscontrol {
namespace {

constexpr std::chrono::seconds deadline{3};
constexpr std::chrono::hours forgetEvery{1};

domain::UtcTime now() {
    return std::chrono::system_clock::now();
}

} // namespace

StoreClaims::StoreClaims(store::Store& store, GMainContext* home)
    : store_(store), home_(home), owner_(store::newId()) {
    forget();
}

void StoreClaims::claim(const std::string& track, std::function<void(autoegress::Claim)> then) {
    using autoegress::Claim;
    store_.ask<bool>(
        deadline,
        [track, owner = owner_](store::Connection& connection) {
            return store::claimTrack(connection, track, owner, now(), now() + life);
        },
        [then = std::move(then)](store::Outcome<bool> granted) {
            then(!granted ? Claim::Unknown : *granted ? Claim::Granted : Claim::Denied);
        });
}

void StoreClaims::end(const std::string& track, std::chrono::seconds after) {
    store_.write(sizeof after + track.size() + owner_.size(),
                 [track, owner = owner_, at = now() + after](store::Connection& connection) {
                     return store::endClaim(connection, track, owner, at);
                 });
}

void StoreClaims::forget() {
    store_.write(sizeof(domain::UtcTime),
                 [before = now()](store::Connection& connection) -> store::Outcome<store::Done> {
                     const auto forgotten = store::forgetClaims(connection, before);
                     if (!forgotten) return forgotten.failure();
                     return store::Done{};
                 });
    timer_ = Timer(home_, forgetEvery, [this] { forget(); });
}

} // namespace lm::egresscontrol
