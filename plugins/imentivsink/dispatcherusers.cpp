#include "plugins/imentivsink/dispatcher.hpp"

#include <utility>

/// Who uses the dispatcher: the sinks, their spools, and whom a change of a circuit concerns.
namespace lm::imentivsink {

void Dispatcher::attach(std::shared_ptr<Track> track, std::shared_ptr<Spool> spool) {
    joined_.lock()->push_back({std::move(track), std::move(spool)});
    loop_.post([this] { adoptUsers(); });
}

void Dispatcher::detach(const std::shared_ptr<Track>& track) {
    loop_.post([this, id = track->id] { dismiss(id); });
}

void Dispatcher::adoptUsers() {
    std::vector<User> joined;
    std::swap(joined, *joined_.lock());
    for (User& user : joined) {
        user.track->setCircuit(stateName(circuits_.state(user.track->target)));
        if (user.spool) {
            auto& delivery = deliveries_[user.spool.get()];
            const bool isNew = !delivery;
            if (isNew) delivery = std::make_shared<SpoolDelivery>(user.spool, *this);
            delivery->attach(user.track);
            if (isNew) delivery->start();
        }
        users_.emplace(user.track->id, std::move(user));
    }
    pump();
}

void Dispatcher::dismiss(TrackId id) {
    adoptUsers();
    const auto delivery = deliveryOf(id);
    const auto user = users_.extract(id);
    if (!delivery) return;
    delivery->detach(id);
    if (delivery->used()) return;
    delivery->stop();
    deliveries_.erase(delivery->spool().get());
}

std::shared_ptr<SpoolDelivery> Dispatcher::deliveryOf(TrackId id) const {
    const auto user = users_.find(id);
    if (user == users_.end() || !user->second.spool) return nullptr;
    return deliveries_.at(user->second.spool.get());
}

/// One sink hears of it, so that it is told once: the oldest of those with that endpoint and key.
void Dispatcher::onCircuit(const std::string& credential, const CircuitChanged& change) {
    if (closing_) return;
    bool told = false;
    for (const auto& [id, user] : users_) {
        if (user.track->target.credential() != credential) continue;
        user.track->setCircuit(change.state);
        if (!std::exchange(told, true)) user.track->tell(change);
    }
    // What waits has to go to the disk, or may come from there.
    loop_.post([this, credential] {
        std::vector<TrackId> concerned;
        for (const auto& [id, entry] : tracks_)
            if (entry.spool && !entry.exchange && entry.track->target.credential() == credential)
                concerned.push_back(id);
        for (const TrackId id : concerned)
            settle(id, Clock::now());
        pump();
    });
}

} // namespace lm::imentivsink
