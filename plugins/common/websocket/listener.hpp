#pragma once

#include "plugins/common/loopthread.hpp"
#include "plugins/common/result.hpp"

#include <libsoup/soup.h>

#include <memory>
#include <optional>
#include <string>

namespace lm::ws {

struct ListenerSettings {
    std::string address; // an IP address, or a name that resolves to a local one
    std::uint16_t port;  // 0: a free one
    std::string path;
};

/// A refusal before the upgrade.
struct Refusal {
    unsigned status;
    std::string message;
};

/// A WebSocket listener for an element that stands alone: no limits beyond those of one peer on a trusted
/// network. The daemon has its own front. All callbacks run on the listener's thread.
class Listener {
public:
    struct Callbacks {
        /// Looks at the query of an upgrade request; a refusal is answered instead of the 101.
        std::function<std::optional<Refusal>(const char* query)> onRequest;
        /// The upgraded connection; null when the peer was gone before its 101, or the handshake was refused.
        std::function<void(Ref<GIOStream>)> onConnection;
    };

    static Result<std::unique_ptr<Listener>> open(const ListenerSettings& settings, Callbacks callbacks);
    /// Stops listening; no callback runs afterwards. Not from a callback.
    ~Listener();

    std::uint16_t port() const { return port_; }

private:
    Listener() = default;
    Result<bool> listen(const ListenerSettings& settings);
    void onMessage(SoupServerMessage* message, const char* path);

    Callbacks callbacks_;
    std::string path_;
    std::uint16_t port_ = 0;
    Ref<SoupServer> server_;
    LoopThread thread_{"lm-listener"};
};

} // namespace lm::ws
