#pragma once

#include "service/socketio/namespace.hpp"

#include <functional>
#include <map>

namespace lm::socketio {

/// A message between servers, as `socket.io-adapter` 2.5 and the adapters on it write them: JSON, with
/// placeholders for bytes.
struct ClusterMessage {
    std::string json;
    std::vector<engineio::SharedOutgoing> attachments = {};

    /// What it takes in a queue.
    std::size_t bytes() const {
        std::size_t sum = json.size();
        for (const auto& attachment : attachments)
            sum += attachment->size();
        return sum;
    }
};

/// A server among others: gives them its broadcasts, does here what they ask for. Knows how messages look,
/// not how they travel. Thread of the sessions.
class Cluster : public Relay {
public:
    using Send = std::function<void(ClusterMessage)>;
    /// `uid` names this server: 16 hexadecimal digits. `send` reaches all servers, this one too.
    Cluster(std::string uid, Namespace& space, Send send);

    void publish(const std::string& space, const Target& target, std::string_view name,
                 const Values& values) override;
    /// What came, of a namespace of that name when the message does not say one. What is no message is
    /// dropped.
    void receive(const ClusterMessage& message);
    /// To be called once when others can be reached, and then every few seconds.
    void greet() { tell(1); }
    void beat() { tell(2); }
    const std::string& uid() const { return uid_; }

private:
    void tell(int type, const std::string& data = {}, std::vector<engineio::SharedOutgoing> attachments = {});
    void broadcast(std::string_view data, const std::vector<engineio::SharedOutgoing>& attachments);
    void describe(std::string_view data);
    void move(std::string_view data, bool join);

    const std::string uid_;
    Namespace& space_;
    const Send send_;
};

} // namespace lm::socketio
