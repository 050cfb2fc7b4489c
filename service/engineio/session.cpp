#include "service/engineio/session.hpp"

#include "plugins/common/websocket/frame.hpp"

#include <algorithm>
#include <utility>

namespace lm::engineio {
namespace {

constexpr char textType[] = "text/plain; charset=UTF-8";

/// The few packets without data, encoded once.
const SharedOutgoing& bare(Type type) {
    static const SharedOutgoing ping = Outgoing::packet("2"), noop = Outgoing::packet("6");
    return type == Type::Ping ? ping : noop;
}

std::string one(Type type) {
    return std::string(1, static_cast<char>(type));
}

} // namespace

const char* describe(Reason reason) {
    switch (reason) {
    case Reason::TransportClose:
        return "transport close";
    case Reason::TransportError:
        return "transport error";
    case Reason::PingTimeout:
        return "ping timeout";
    case Reason::ParseError:
        return "parse error";
    case Reason::ForcedClose:
        return "forced close";
    case Reason::ServerShuttingDown:
        return "server shutting down";
    case Reason::TooSlow:
        return "too slow";
    }
    return "";
}

Session::Session(std::string id, const Settings& settings, Owner& owner)
    : id_(std::move(id)), settings_(settings), owner_(owner),
      heartbeat_(owner.now() + settings.pingInterval) {}

Time Session::deadline() const {
    if (state_ == State::Draining) return drainBy_;
    return std::min(heartbeat_, upgradeBy_);
}

std::string Session::open(Socket* socket) {
    const auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
    const std::string packet = R"(0{"sid":")" + id_ + R"(","upgrades":)" +
                               (socket ? "[]" : R"(["websocket"])") + R"(,"pingInterval":)" +
                               ms(settings_.pingInterval) + R"(,"pingTimeout":)" + ms(settings_.pingTimeout) +
                               R"(,"maxPayload":)" + std::to_string(settings_.maxPayload) + '}';
    if (socket) {
        socket_ = socket;
        socket_->session = this;
        socket_->send(Outgoing::packet(packet));
    }
    owner_.rescheduled(*this);
    return packet;
}

void Session::converse(std::unique_ptr<Conversation> conversation) {
    if (state_ == State::Open) conversation_ = std::move(conversation);
}

void Session::send(SharedOutgoing packet) {
    if (state_ != State::Open) return;
    const std::size_t waiting = socket_ ? socket_->queued() : queuedBytes_;
    // What nobody waits in front of may be of any size.
    if (waiting > 0 && waiting + packet->size() > settings_.maxQueueBytes) return end(Reason::TooSlow);
    if (socket_) return socket_->send(std::move(packet));
    queuedBytes_ += packet->size();
    queue_.push_back(std::move(packet));
    if (poll_) flush();
}

void Session::close(Reason reason) {
    if (state_ != State::Open) return;
    if (socket_ || poll_) return end(reason);
    // The next poll hears of it.
    state_ = State::Draining;
    drainBy_ = owner_.now() + settings_.closeTimeout;
    dropProbe();
    owner_.rescheduled(*this);
    if (conversation_) conversation_->onClose(reason);
}

void Session::poll(std::shared_ptr<Exchange> exchange) {
    if (poll_) { // one at a time
        exchange->answer({400});
        return end(Reason::TransportError);
    }
    poll_ = std::move(exchange);
    if (state_ == State::Draining) return end(Reason::ForcedClose);
    if (!queue_.empty()) return flush();
    if (probeAnswered_) answerPoll(one(Type::Noop));
}

void Session::push(std::string_view body, Exchange& exchange) {
    Payload payload = decodePayload(body);
    if (state_ == State::Draining) return exchange.answer({200, "text/html", "ok"});
    for (Packet& packet : payload.packets) {
        if (state_ != State::Open) break;
        receive(std::move(packet));
    }
    if (!payload.valid && state_ == State::Open) {
        exchange.answer({400, "application/json", R"({"code":3,"message":"Bad request"})"});
        return end(Reason::ParseError);
    }
    exchange.answer({200, "text/html", "ok"});
}

void Session::abandoned(const Exchange& exchange) {
    if (poll_.get() != &exchange) return;
    poll_.reset();
    if (state_ == State::Open) finish(Reason::TransportError);
}

void Session::receive(Packet packet) {
    switch (packet.type) {
    case Type::Message:
        if (!conversation_) return;
        return packet.binary ? conversation_->onBinary(std::move(packet.data))
                             : conversation_->onText(packet.data);
    case Type::Pong:
        if (!awaitingPong_) return; // nobody asked
        awaitingPong_ = false;
        heartbeat_ = owner_.now() + settings_.pingInterval;
        owner_.rescheduled(*this);
        if (conversation_) conversation_->alive();
        return;
    case Type::Close:
        if (poll_) answerPoll(one(Type::Noop));
        return finish(Reason::TransportClose);
    case Type::Ping:
        return end(Reason::ParseError); // pings are the server's since version 4
    case Type::Open:
    case Type::Upgrade:
    case Type::Noop:
        return;
    }
}

void Session::probed(Socket& socket) {
    if (state_ != State::Open || socket_ || probe_) return socket.close(ws::closecode::Normal);
    probe_ = &socket;
    probe_->session = this;
    upgradeBy_ = owner_.now() + settings_.upgradeTimeout;
    owner_.rescheduled(*this);
}

void Session::text(Socket& socket, std::string_view text) {
    if (&socket == probe_) return answerProbe(text);
    if (&socket != socket_ || state_ != State::Open) return;
    auto packet = decodePacket(text);
    if (!packet) return end(Reason::ParseError);
    receive(std::move(*packet));
}

void Session::binary(Socket& socket, std::string bytes) {
    if (&socket == probe_) return dropProbe();
    if (&socket == socket_ && state_ == State::Open) receive({Type::Message, std::move(bytes), true});
}

void Session::answerProbe(std::string_view text) {
    if (text == "2probe" && !probeAnswered_) {
        probeAnswered_ = true;
        probe_->send(Outgoing::packet("3probe"));
        // The client waits for the end of its poll before it goes over.
        if (poll_) answerPoll(one(Type::Noop));
    } else if (text == "5" && probeAnswered_) {
        upgrade();
    } else {
        dropProbe();
    }
}

void Session::upgrade() {
    if (poll_) answerPoll(one(Type::Noop));
    socket_ = std::exchange(probe_, nullptr);
    probeAnswered_ = false;
    upgradeBy_ = Time::max();
    owner_.rescheduled(*this);
    queuedBytes_ = 0;
    for (SharedOutgoing& packet : std::exchange(queue_, {}))
        socket_->send(std::move(packet));
}

void Session::dropProbe() {
    probeAnswered_ = false;
    upgradeBy_ = Time::max();
    if (Socket* socket = std::exchange(probe_, nullptr)) {
        socket->session = nullptr;
        socket->close(ws::closecode::Normal);
    }
}

void Session::gone(Socket& socket, Reason reason) {
    socket.session = nullptr;
    if (&socket == probe_) {
        probe_ = nullptr;
        return dropProbe();
    }
    if (&socket != socket_) return;
    socket_ = nullptr;
    finish(reason);
}

void Session::expire() {
    if (state_ == State::Ended) return;
    const Time now = owner_.now();
    if (state_ == State::Draining) {
        if (now >= drainBy_) finish(Reason::ForcedClose);
        return;
    }
    if (now >= upgradeBy_) dropProbe();
    // A loop that was late must not ping a client that has been silent for all of the time.
    while (state_ == State::Open && now >= heartbeat_) {
        if (awaitingPong_) return end(Reason::PingTimeout);
        ping();
    }
    if (state_ == State::Open) owner_.rescheduled(*this);
}

void Session::ping() {
    awaitingPong_ = true;
    heartbeat_ += settings_.pingTimeout;
    send(bare(Type::Ping));
}

void Session::answerPoll(std::string body) {
    std::exchange(poll_, nullptr)->answer({200, textType, std::move(body)});
}

void Session::flush() {
    std::string body;
    for (const SharedOutgoing& packet : std::exchange(queue_, {}))
        appendToPayload(body, packet->packet(), packet->isBinary());
    queuedBytes_ = 0;
    answerPoll(std::move(body));
}

/// The transport is told, as far as it can be.
void Session::end(Reason reason) {
    if (state_ == State::Ended) return;
    if (poll_) {
        std::string body;
        for (const SharedOutgoing& packet : std::exchange(queue_, {}))
            appendToPayload(body, packet->packet(), packet->isBinary());
        appendToPayload(body, one(Type::Close), false);
        answerPoll(std::move(body));
    }
    finish(reason);
}

void Session::finish(Reason reason) {
    if (state_ == State::Ended) return;
    const bool told = state_ == State::Draining;
    state_ = State::Ended;
    if (poll_) answerPoll(one(Type::Close));
    dropProbe();
    leaveTransport();
    queue_.clear();
    queuedBytes_ = 0;
    if (conversation_ && !told) conversation_->onClose(reason);
    owner_.ended(*this, reason);
}

void Session::leaveTransport() {
    Socket* socket = std::exchange(socket_, nullptr);
    if (!socket) return;
    socket->session = nullptr;
    if (socket->queued() > settings_.maxQueueBytes / 2) return socket->abort(); // it would take for ever
    socket->close(ws::closecode::Normal);
}

} // namespace lm::engineio
