#pragma once

#include "service/engineio/ports.hpp"
#include "service/socketio/client.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

namespace lm::socketio {

struct Settings {
    std::chrono::milliseconds connectTimeout{45'000}; // for a connection to enter a namespace
    std::size_t maxHeldBytes =
        64 << 20; // attachments of packets that are not complete, of all clients together
};

/// Socket.IO 5 above Engine.IO: the namespaces, and a Client for every session. Thread of the sessions only.
class Server : public engineio::Application {
public:
    Server(Settings settings, engineio::Clock clock, engineio::MakeId makeId);

    /// The application must outlive the server. Before the first session.
    Namespace& add(const std::string& name, socketio::Application& application);
    Namespace* find(const std::string& name);

    std::unique_ptr<engineio::Conversation> opened(engineio::Session& session) override;
    engineio::Time nextDeadline() const override;
    void expire() override;
    void makeRoom() override;

    // For Client.
    std::string makeId() const { return makeId_(); }
    /// May attachments of `bytes` wait for others, after `before` did?
    bool mayHold(std::size_t before, std::size_t bytes);
    /// Its time to enter a namespace does not count any more.
    void forget(Client& client);

private:
    const Settings settings_;
    const engineio::Clock clock_;
    const engineio::MakeId makeId_;
    std::size_t held_ = 0;
    std::unordered_map<std::string, Namespace> spaces_;
    std::set<std::pair<engineio::Time, Client*>> outside_; // in no namespace yet
    std::unordered_map<Client*, engineio::Time> until_;    // the same, by client
};

} // namespace lm::socketio
