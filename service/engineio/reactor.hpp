#pragma once

#include "plugins/common/ownedfd.hpp"
#include "service/http/source.hpp"

#include <cstdint>
#include <functional>
#include <span>

struct epoll_event;

namespace lm::engineio {

/// Readiness of many descriptors for a GLib loop by one source: GLib alone looks at every descriptor there is
/// each time that one of them is ready. Lives on the thread-default context of its creator.
class Reactor {
public:
    class Client {
    public:
        virtual ~Client() = default;
        /// May remove any client, itself included.
        virtual void ready(bool readable, bool writable) = 0;
    };

    /// `turned` runs after each round of clients.
    explicit Reactor(std::function<void()> turned);

    /// False when the kernel does not take it.
    bool add(int descriptor, Client& client);
    /// Whether `client` wants to hear that its descriptor can be written to.
    void wantWritable(int descriptor, Client& client, bool wanted);
    void remove(int descriptor, Client& client);

private:
    void turn();

    OwnedFd epoll_;
    std::function<void()> turned_;
    std::span<epoll_event> round_; // being told now
    http::Source source_;
};

} // namespace lm::engineio
