#pragma once

#include "plugins/common/loopthread.hpp"
#include "service/engineio/server.hpp"
#include "service/http/router.hpp"

#include <functional>
#include <memory>

namespace lm::engineio {

class Unfetched;

struct EndpointOptions {
    std::size_t maxHeldBytes = 64 << 20;      // of messages that are being received, all sockets together
    std::size_t maxUnfetchedBytes = 64 << 20; // of answers to polls, all of them together
    std::chrono::milliseconds closePatience{5'000}; // with a peer that does not answer a Close
};

/// Engine.IO on a path of the HTTP front. Requests and upgrades are taken on the front's thread and handed to
/// `thread`, where all sessions live and the application is called. The front must be gone before this is.
class Endpoint {
public:
    /// `application` is called on `thread` alone, and must outlive this.
    Endpoint(LoopThread& thread, Settings settings, Application& application, EndpointOptions options = {});
    /// Ends what sessions there are without a word; see `close`.
    ~Endpoint();
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    /// Serves `path`, which ends in a slash.
    void attach(http::Router& router, const std::string& path);
    /// Runs `call` on the thread, where it may use the application and its sessions. Any thread; does not
    /// wait.
    void run(std::function<void()> call);
    /// Ends every session in order, and opens none any more. Any thread; does not wait.
    void close();

    const Stats& stats() const;
    /// Sessions now. Any thread.
    std::size_t sessions() const;

private:
    class Hub;
    http::Response take(const http::Request& request);
    http::Admission admit(const http::Request& request);

    LoopThread& thread_;
    const std::chrono::milliseconds patience_;
    std::shared_ptr<Unfetched> unfetched_;
    std::unique_ptr<Hub> hub_;
};

} // namespace lm::engineio
