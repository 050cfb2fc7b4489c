#include "service/engineio/reactor.hpp"

#include <sys/epoll.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace lm::engineio {
namespace {

constexpr std::size_t roundSize = 256;

epoll_event eventFor(Reactor::Client& client, bool writable) {
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLRDHUP | EPOLLOUT : EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &client;
    return event;
}

} // namespace

Reactor::Reactor(std::function<void()> turned)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), turned_(std::move(turned)) {
    if (!epoll_) throw std::runtime_error("epoll_create1 failed");
    source_.watch(epoll_.get(), [this] { turn(); });
}

bool Reactor::add(int descriptor, Client& client) {
    epoll_event event = eventFor(client, false);
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Reactor::wantWritable(int descriptor, Client& client, bool wanted) {
    epoll_event event = eventFor(client, wanted);
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void Reactor::remove(int descriptor, Client& client) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
    for (epoll_event& event : round_)
        if (event.data.ptr == &client) event.data.ptr = nullptr;
}

void Reactor::turn() {
    std::array<epoll_event, roundSize> events;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    round_ = std::span(events).first(static_cast<std::size_t>(std::max(count, 0)));
    for (const epoll_event& event : round_) {
        auto* client = static_cast<Client*>(event.data.ptr);
        if (client)
            client->ready((event.events & ~std::uint32_t{EPOLLOUT}) != 0, (event.events & EPOLLOUT) != 0);
    }
    round_ = {};
    turned_();
}

} // namespace lm::engineio
