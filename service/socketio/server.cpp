#include "service/socketio/server.hpp"

#include <utility>

namespace lm::socketio {

Server::Server(Settings settings, engineio::Clock clock, engineio::MakeId makeId)
    : settings_(settings), clock_(std::move(clock)), makeId_(std::move(makeId)) {}

Namespace& Server::add(const std::string& name, socketio::Application& application) {
    return spaces_.try_emplace(name, name, application).first->second;
}

Namespace* Server::find(const std::string& name) {
    const auto found = spaces_.find(name);
    return found == spaces_.end() ? nullptr : &found->second;
}

std::unique_ptr<engineio::Conversation> Server::opened(engineio::Session& session) {
    auto client = std::make_unique<Client>(session, *this);
    const engineio::Time until = clock_() + settings_.connectTimeout;
    outside_.emplace(until, client.get());
    until_.emplace(client.get(), until);
    return client;
}

engineio::Time Server::nextDeadline() const {
    return outside_.empty() ? engineio::Time::max() : outside_.begin()->first;
}

void Server::expire() {
    const engineio::Time now = clock_();
    while (!outside_.empty() && outside_.begin()->first <= now) {
        Client* client = outside_.begin()->second;
        forget(*client);
        client->expire();
    }
}

/// Whoever has entered stays; who only takes a place makes it for others, the newest last.
void Server::makeRoom() {
    if (outside_.size() < 2) return;
    Client* client = outside_.begin()->second;
    forget(*client);
    client->expire();
}

bool Server::mayHold(std::size_t before, std::size_t bytes) {
    held_ = held_ - before + bytes;
    return held_ <= settings_.maxHeldBytes || bytes <= before;
}

void Server::forget(Client& client) {
    const auto found = until_.find(&client);
    if (found == until_.end()) return;
    outside_.erase({found->second, &client});
    until_.erase(found);
}

} // namespace lm::socketio
