#include "service/engineio/server.hpp"

#include "plugins/common/websocket/frame.hpp"

#include <algorithm>
#include <utility>

namespace lm::engineio {

Server::Server(Settings settings, Application& application, Clock clock, MakeId makeId)
    : settings_(settings), application_(application), clock_(std::move(clock)), makeId_(std::move(makeId)) {}

Server::~Server() {
    close(Reason::ServerShuttingDown);
}

Session* Server::open(Socket* socket, std::string& handshake) {
    if (closed_ || sessions_.size() >= settings_.maxSessions) return nullptr;
    Session::Owner& owner = *this;
    auto made = std::make_unique<Session>(makeId_(), settings_, owner);
    Session* session = made.get();
    sessions_.emplace(session->id(), Entry{std::move(made), Time::max()});
    ids_.lock()->insert(session->id());
    ++stats_.opened;
    handshake = session->open(socket);
    session->converse(application_.opened(*session));
    if (sessions_.size() >= settings_.maxSessions) application_.makeRoom();
    return session;
}

Session* Server::find(const std::string& sid) {
    expire(); // whoever asks after a session's deadline must not find it, however late the timer is
    const auto found = sessions_.find(sid);
    return found == sessions_.end() ? nullptr : found->second.session.get();
}

void Server::refuse(Refusal refusal, Exchange& exchange) {
    ++stats_.refused;
    exchange.answer(engineio::refuse(refusal));
}

void Server::request(const Query& query, std::string_view method, std::string_view contentType,
                     std::string_view body, std::shared_ptr<Exchange> exchange) {
    if (const auto wrong = checkRequest(query, method)) return refuse(*wrong, *exchange);
    if (query.sid.empty()) {
        std::string handshake;
        if (!open(nullptr, handshake)) return exchange->answer(refuseBusy());
        return exchange->answer({200, "text/plain; charset=UTF-8", std::move(handshake)});
    }
    Session* session = find(query.sid);
    if (!session) return refuse(Refusal::SessionUnknown, *exchange);
    if (!session->isPolling() || query.transport != "polling") return refuse(Refusal::BadRequest, *exchange);
    if (method == "GET") return session->poll(std::move(exchange));
    if (method != "POST") return refuse(Refusal::BadHandshakeMethod, *exchange);
    if (contentType.starts_with("application/octet-stream")) { // that was version 3
        refuse(Refusal::BadRequest, *exchange);
        return session->drop(Reason::TransportError);
    }
    if (body.size() > settings_.maxPayload) return exchange->answer({413});
    session->push(body, *exchange);
}

void Server::abandoned(const std::string& sid, const Exchange& exchange) {
    const auto found = sessions_.find(sid);
    if (found != sessions_.end()) found->second.session->abandoned(exchange);
}

std::optional<Answer> Server::admit(const Query& query) {
    const auto count = [this](Answer answer) {
        ++stats_.refused;
        return answer;
    };
    if (const auto wrong = checkUpgrade(query)) return count(engineio::refuse(*wrong));
    auto ids = ids_.lock();
    if (query.sid.empty())
        return ids->size() < settings_.maxSessions ? std::nullopt : std::optional(count(refuseBusy()));
    if (!ids->contains(query.sid)) return count(engineio::refuse(Refusal::SessionUnknown));
    return std::nullopt;
}

void Server::connected(Socket& socket, const Query& query) {
    std::string handshake;
    if (query.sid.empty()) {
        if (!open(&socket, handshake)) socket.close(ws::closecode::TryAgainLater);
        return;
    }
    Session* session = find(query.sid);
    if (!session) return socket.close(ws::closecode::Normal);
    session->probed(socket);
}

void Server::text(Socket& socket, std::string_view text) {
    if (!socket.session) return;
    const bool probing = socket.session->isPolling();
    socket.session->text(socket, text);
    if (probing && socket.session && !socket.session->isPolling()) ++stats_.upgraded;
}

void Server::binary(Socket& socket, std::string bytes) {
    if (socket.session) socket.session->binary(socket, std::move(bytes));
}

void Server::gone(Socket& socket, Reason reason) {
    if (socket.session) socket.session->gone(socket, reason);
}

void Server::rescheduled(Session& session) {
    const auto found = sessions_.find(session.id());
    if (found == sessions_.end()) return;
    due_.erase({found->second.due, &session});
    found->second.due = session.deadline();
    due_.emplace(found->second.due, &session);
}

void Server::ended(Session& session, Reason reason) {
    if (reason == Reason::PingTimeout) ++stats_.timeouts;
    if (reason == Reason::TooSlow) ++stats_.tooSlow;
    if (reason == Reason::ParseError) ++stats_.malformed;
    ids_.lock()->erase(session.id());
    auto node = sessions_.extract(session.id());
    due_.erase({node.mapped().due, &session});
    ended_.push_back(std::move(node.mapped().session));
}

Time Server::nextDeadline() const {
    return std::min(due_.empty() ? Time::max() : due_.begin()->first, application_.nextDeadline());
}

void Server::expire() {
    const Time now = clock_();
    while (!due_.empty() && due_.begin()->first <= now)
        due_.begin()->second->expire();
    if (application_.nextDeadline() <= now) application_.expire();
}

void Server::close(Reason reason) {
    closed_ = true;
    std::vector<Session*> all;
    for (const auto& [id, entry] : sessions_)
        all.push_back(entry.session.get());
    for (Session* session : all) // one that ends meanwhile is kept until `collect`
        session->close(reason);
}

} // namespace lm::engineio
