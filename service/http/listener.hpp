#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/http/source.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace lm::http {

struct ListenerOptions {
    int backlog = 1024;
    std::chrono::milliseconds retry{100};        // how long accepting rests when descriptors have run out
    std::chrono::milliseconds refuseAfter{1000}; // how long waiting connections are left in the backlog then
};

/// A listening TCP socket that survives what libsoup's does not: a failed accept. When descriptors or
/// connections run out, connections first wait in the backlog, because an egress that is refused is lost for
/// good; when nothing was accepted for `refuseAfter` they are answered with 503, through a descriptor kept in
/// reserve. Lives on the thread-default context of its creator.
class Listener {
public:
    using Accepted = std::function<void(Ref<GSocketConnection>, Ref<GSocketAddress> peer)>;
    /// Why nothing more may be accepted now; nullptr when it may.
    using Obstacle = std::function<const char*()>;

    static Result<std::unique_ptr<Listener>> open(const std::string& host, std::uint16_t port,
                                                  ListenerOptions options = {});
    ~Listener();

    /// Accepts from now on, as long as there is no `obstacle`.
    void start(Obstacle obstacle, Accepted accepted);
    /// A connection has ended: try again at once, in the next turn of the loop.
    void wake();
    /// Stops for good.
    void close();

    std::uint16_t port() const { return port_; }
    GSocketAddress* address() const { return address_.get(); }
    std::uint64_t refused() const { return refused_; }

private:
    Listener(Ref<GSocket> socket, ListenerOptions options);
    void watch();
    void rest(const char* reason);
    void acceptWaiting();
    bool acceptOne();
    void hand(int fd, GSocketAddress* peer);
    void refuseWaiting();
    bool refuseOne();
    void recovered();

    Ref<GSocket> socket_;
    Ref<GSocketAddress> address_;
    std::uint16_t port_ = 0;
    ListenerOptions options_;
    Obstacle obstacle_;
    Accepted accepted_;
    Source watch_;
    Source retry_;
    int reserve_ = -1;
    bool exhausted_ = false; // a run of exhaustion is on, and has been logged
    std::chrono::steady_clock::time_point stalledSince_{};
    bool stalled_ = false; // nothing accepted since then
    std::uint64_t refused_ = 0;
    std::uint64_t refusedBefore_ = 0; // when the run began
};

} // namespace lm::http
