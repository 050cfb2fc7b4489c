#include "service/engineio/hub.hpp"

#include "service/engineio/identifiers.hpp"

#include <algorithm>
#include <utility>

namespace lm::engineio {
namespace {

constexpr std::size_t controlQueue = 64 * 1024; // pongs are left out behind this much

Time now() {
    return std::chrono::steady_clock::now();
}

} // namespace

Endpoint::Hub::Hub(Settings settings, Application& application, EndpointOptions options)
    : options_(options), server_(settings, application, now, randomId), reactor_([this] { turn(); }) {}

Endpoint::Hub::~Hub() {
    server_.close(Reason::ServerShuttingDown);
    // A Close, if the kernel takes it at once.
    for (WebSocket* socket : std::exchange(unwritten_, {}))
        socket->flush();
}

void Endpoint::Hub::adopt(Ref<GIOStream> stream, const Query& query) {
    WebSocket::Owner& owner = *this;
    auto made = std::make_unique<WebSocket>(std::move(stream), server_.settings().maxPayload, controlQueue,
                                            reactor_, owner);
    WebSocket* socket = made.get();
    sockets_.emplace(socket, std::move(made));
    server_.connected(*socket, query);
    socket->start();
}

void Endpoint::Hub::turn() {
    for (std::size_t i = 0; i < unwritten_.size(); ++i) // a flush may end a session and so add to the list
        unwritten_[i]->flush();
    unwritten_.clear();
    for (WebSocket* socket : std::exchange(done_, {}))
        forget(*socket);
    server_.collect();
    if (!unread_.empty() && !again_.active())
        again_.after(std::chrono::milliseconds(0), [this] {
            again_.stop();
            for (WebSocket* socket : std::exchange(unread_, {}))
                socket->read();
            turn();
        });
    arm();
}

void Endpoint::Hub::forget(WebSocket& socket) {
    std::erase(unread_, &socket);
    std::erase_if(closing_, [&](const auto& entry) { return entry.second == &socket; });
    sockets_.erase(&socket);
}

void Endpoint::Hub::onText(WebSocket& socket, std::string_view text) {
    server_.text(socket, text);
}

void Endpoint::Hub::onBinary(WebSocket& socket, std::string bytes) {
    server_.binary(socket, std::move(bytes));
}

void Endpoint::Hub::onGone(WebSocket& socket, Reason reason) {
    server_.gone(socket, reason);
}

void Endpoint::Hub::onClosing(WebSocket& socket) {
    closing_.emplace_back(now() + options_.closePatience, &socket);
}

bool Endpoint::Hub::mayHold(std::size_t before, std::size_t bytes) {
    held_ = held_ - before + bytes;
    return held_ <= options_.maxHeldBytes || bytes <= before;
}

void Endpoint::Hub::arm() {
    const Time due =
        std::min(server_.nextDeadline(), closing_.empty() ? Time::max() : closing_.front().first);
    if (due >= armedFor_ || due == Time::max()) return; // a timer that is early arms itself again
    armedFor_ = due;
    timer_.after(std::chrono::ceil<std::chrono::milliseconds>(due - now()), [this] { expire(); });
}

void Endpoint::Hub::expire() {
    armedFor_ = Time::max();
    timer_.stop();
    server_.expire();
    std::vector<WebSocket*> late;
    for (const auto& [due, socket] : closing_)
        if (due <= now()) late.push_back(socket);
    for (WebSocket* socket : late)
        socket->expire();
    turn();
}

} // namespace lm::engineio
