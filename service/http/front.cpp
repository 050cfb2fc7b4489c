#include "service/http/front.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/websocket/upgrade.hpp"
#include "service/http/filelimit.hpp"
#include "service/http/headstream.hpp"
#include "service/http/message.hpp"
#include "service/http/rawhead.hpp"
#include "service/logging/log.hpp"

#include <algorithm>
#include <utility>

namespace lm::http {
namespace {

template <auto Call>
void handlerThunk(SoupServer*, SoupServerMessage* message, const char* path, GHashTable*, gpointer self) {
    fence("http handler", [&] { Call(static_cast<Front*>(self), message, path); });
}

constexpr double burstSeconds = 10; // of new sockets that may come at once

Response tooLarge(std::uint64_t limit) {
    return problem(413, "body_too_large",
                   "The body must not be larger than " + std::to_string(limit) + " bytes.")
        .asRefusal();
}

/// To a connection that is not served at all.
void turnAway(GSocket* socket, const Response& response) {
    const std::string answer = toWire(response);
    char discarded[4096]; // what is left unread would turn the close into a reset
    g_socket_receive(socket, discarded, sizeof discarded, nullptr, nullptr);
    g_socket_send(socket, answer.data(), answer.size(), nullptr, nullptr);
    g_socket_shutdown(socket, FALSE, TRUE, nullptr);
}

/// As much of a request that was refused unread as an answer to it depends on.
Request originOf(std::string_view head) {
    Request request;
    request.headers.emplace_back("Origin", fieldOf(head, "Origin"));
    return request;
}

/// True when a body is announced, even if it may turn out empty.
bool announcesBody(SoupMessageHeaders* headers) {
    return soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CHUNKED ||
           soup_message_headers_get_content_length(headers) > 0;
}

} // namespace

Result<std::unique_ptr<Front>> Front::open(const config::HttpSettings& settings, Router router,
                                           FrontOptions options) {
    std::unique_ptr<Certificate> certificate;
    if (!settings.certificateFile.empty()) {
        auto loaded = Certificate::load(settings.certificateFile, settings.keyFile);
        if (!loaded) return loaded.error();
        certificate = std::move(*loaded);
    }
    auto listener = Listener::open(settings.host, settings.port, options.listener);
    if (!listener) return listener.error();
    return std::unique_ptr<Front>(
        new Front(settings, std::move(router), options, std::move(*listener), std::move(certificate)));
}

Front::Front(const config::HttpSettings& settings, Router router, FrontOptions options,
             std::unique_ptr<Listener> listener, std::unique_ptr<Certificate> certificate)
    : settings_(settings), deadlines_{std::chrono::milliseconds(settings.headerTimeoutMs),
                                      std::chrono::milliseconds(settings.requestTimeoutMs), options.linger},
      router_(std::move(router)), cors_(Origins(settings)), answered_(std::move(options.answered)),
      proxies_(settings.trustedProxies),
      newSockets_(settings.maxSocketsPerSecond, burstSeconds * settings.maxSocketsPerSecond),
      refusals_(options.refusals ? *options.refusals : ownRefusals_),
      server_(Ref<SoupServer>::adopt(soup_server_new(nullptr, nullptr))),
      certificate_(std::move(certificate)), listener_(std::move(listener)) {
    if (certificate_) {
        handshakes_ = std::make_unique<Handshakes>(options.handshakes, options.handshakePatience);
        logging::info("http", "TLS certificate loaded", {{"expires", certificate_->expires()}});
    }
    g_signal_connect(server_.get(), "request-started",
                     G_CALLBACK(+[](SoupServer*, SoupServerMessage* message, gpointer) {
                         fence("http request", [&] { prepareBadRequest(message); });
                     }),
                     nullptr);
    soup_server_add_early_handler(server_.get(), nullptr,
                                  handlerThunk<[](Front* self, SoupServerMessage* message, const char*) {
                                      self->headerArrived(message);
                                  }>,
                                  this, nullptr);
    soup_server_add_handler(server_.get(), nullptr,
                            handlerThunk<[](Front* self, SoupServerMessage* message, const char* path) {
                                self->answer(message, path);
                            }>,
                            this, nullptr);
    listener_->start(
        [this] { return obstacle(); },
        [this](Ref<GSocketConnection> stream, Ref<GSocketAddress> peer) { accept(std::move(stream), peer); });
}

Front::~Front() {
    listener_->close();
    handshakes_.reset();
    endWaiting();
    endSending();
    connections_.clear();
    soup_server_disconnect(server_.get());
}

const char* Front::obstacle() const {
    if (connections_.size() >= settings_.maxConnections) return "HTTP_MAX_CONNECTIONS is reached";
    if (!DescriptorRoom::now().forConnection()) return "the descriptors left are for the tracks in progress";
    return nullptr;
}

std::string Front::url() const {
    const bool six = settings_.host.find(':') != std::string::npos;
    const std::string host = six ? '[' + settings_.host + ']' : settings_.host;
    return (certificate_ ? "https://" : "http://") + host + ':' + std::to_string(port());
}

bool Front::addressIsFull(GSocketAddress* peer) {
    if (settings_.maxConnectionsPerAddress == 0 || proxies_.trusts(peer)) return false;
    const auto found = perAddress_.find(clientOf(peer));
    return found != perAddress_.end() && found->second >= settings_.maxConnectionsPerAddress;
}

void Front::refused(const std::string& code, GSocketAddress* peer) {
    refusals_.note(code, clientOf(peer));
}

void Front::accept(Ref<GSocketConnection> stream, const Ref<GSocketAddress>& peer) {
    if (addressIsFull(peer.get())) {
        refused("address_connections", peer.get());
        if (!certificate_)
            turnAway(g_socket_connection_get_socket(stream.get()),
                     problem(503, "address_connections", "Too many connections from this address.")
                         .with("Retry-After", "1"));
        return;
    }
    ++stats_.accepted;
    ++perAddress_[clientOf(peer.get())];
    Connection::Owner& owner = *this;
    auto connection = std::make_unique<Connection>(stream.get(), peer, deadlines_, owner);
    Connection* key = connection.get();
    connections_.emplace(key, std::move(connection));
    if (!certificate_) return serve(Ref<GIOStream>::share(G_IO_STREAM(stream.get())), peer);
    key->awaitHello(std::move(stream), [this, peer](Ref<GSocketConnection> greeted) {
        if (!greeted)
            ++stats_.failedHandshakes, refused("handshake_failed", peer.get());
        else
            secure(std::move(greeted), peer);
    });
}

/// The connection is found again by its peer: it may end meanwhile.
void Front::secure(Ref<GSocketConnection> stream, const Ref<GSocketAddress>& peer) {
    handshakes_->start(std::move(stream), clientOf(peer.get()),
                       Ref<GTlsCertificate>::share(certificate_->current()),
                       [this, peer](Ref<GIOStream> secured) {
                           if (!secured)
                               ++stats_.failedHandshakes, refused("handshake_failed", peer.get());
                           else
                               serve(std::move(secured), peer);
                       });
}

/// One request a connection: an answer says so, and libsoup keeps none alive while it listens to nothing
/// itself.
void Front::serve(Ref<GIOStream> stream, const Ref<GSocketAddress>& peer) {
    Connection* connection = Connection::at(peer.get());
    connection->awaitHead(std::move(stream), [this, connection, peer](Ref<GIOStream> ours,
                                                                      std::string received,
                                                                      std::optional<Response> wrong) {
        if (wrong) {
            cors_.decorate(originOf(received), *wrong);
            refused(wrong->code, peer.get());
            return connection->refuse(std::move(ours), *wrong);
        }
        const std::size_t head = endOfHead(received);
        const auto whole = withHead(std::move(ours), std::move(received), head);
        soup_server_accept_iostream(server_.get(), whole.get(), listener_->address(), peer.get(), nullptr);
    });
}

void Front::reloadCertificate() {
    if (!certificate_) return logging::info("http", "nothing to reload: TLS_CERTIFICATE_FILE is not set");
    if (const auto error = certificate_->reload())
        return logging::error("http", "the TLS certificate stays as it was", {{"reason", error->message}});
    logging::info("http", "TLS certificate loaded", {{"expires", certificate_->expires()}});
}

void Front::ended(Connection& connection) {
    bodies_ -= connection.takeBody();
    const auto address = perAddress_.find(clientOf(connection.peer()));
    if (address != perAddress_.end() && --address->second == 0) perAddress_.erase(address);
    connections_.erase(&connection);
    listener_->wake();
}

void Front::expired(Connection& connection, Connection::Phase phase) {
    if (phase == Connection::Phase::Header) {
        ++stats_.headerTimeouts;
        refused("header_timeout", connection.peer());
    }
    if (phase == Connection::Phase::Request) {
        ++stats_.requestTimeouts;
        if (connection.unanswered())
            return refuse(
                connection,
                problem(408, "request_timeout", "The request took too long to arrive.").asRefusal());
    }
    const auto sending = std::find_if(sending_.begin(), sending_.end(), [&](const auto& entry) {
        return Connection::of(entry.second->message.get()) == &connection;
    });
    if (sending != sending_.end()) return abandon(*sending->second);
    connection.cut();
}

void Front::headerArrived(SoupServerMessage* message) {
    clearAnswer(message);
    Connection* connection = Connection::of(message);
    if (!connection) return;
    connection->headerArrived(message);
    SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
    keepRange(message);
    if (!announcesBody(headers)) return;
    const Request request = readRequest(message);
    if (auto refusal = cors_.refusal(request, false)) return refuse(*connection, std::move(*refusal));
    if (!router_.takesBody(request.method, request.path)) {
        // Answered at once when no handler is there to ask; else what comes is dropped.
        if (Response answer = router_.methods(request.path).empty() || request.method == "POST" ||
                                      request.method == "PUT" || request.method == "PATCH"
                                  ? router_.answer(request)
                                  : Response{0};
            answer.status != 0)
            return refuse(*connection, std::move(answer));
        soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
    }
    const bool chunked = soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CHUNKED;
    if (!chunked &&
        static_cast<std::uint64_t>(soup_message_headers_get_content_length(headers)) > settings_.maxBodyBytes)
        return refuse(*connection, tooLarge(settings_.maxBodyBytes));
    g_signal_connect(message, "got-chunk",
                     G_CALLBACK(+[](SoupServerMessage* sent, GBytes* chunk, gpointer self) {
                         fence("http body", [&] {
                             static_cast<Front*>(self)->bodyArrived(sent, g_bytes_get_size(chunk));
                         });
                     }),
                     this);
}

void Front::bodyArrived(SoupServerMessage* message, std::uint64_t bytes) {
    Connection* connection = Connection::of(message);
    if (!connection || !connection->unanswered()) return;
    // A chunk costs memory and time of its own, however small it is.
    constexpr std::uint64_t chunkCost = 64;
    if (soup_message_headers_get_encoding(soup_server_message_get_request_headers(message)) ==
        SOUP_ENCODING_CHUNKED)
        bytes = std::max(bytes, chunkCost);
    bodies_ += bytes;
    if (connection->addBody(bytes) > settings_.maxBodyBytes)
        return refuse(*connection, tooLarge(settings_.maxBodyBytes));
    if (bodies_ > settings_.maxBodyBytesTotal)
        refuse(*connection, problem(503, "bodies_too_large", "Too many bodies are being received; try again.")
                                .with("Retry-After", "1")
                                .asRefusal());
}

void Front::refuse(Connection& connection, Response response) {
    if (response.status == 413) ++stats_.bodiesTooLarge;
    cors_.decorate(readRequest(connection.unanswered()), response);
    if (countsAsRefusal(response)) refused(response.code, connection.peer());
    bodies_ -= connection.takeBody();
    connection.refuse(response);
}

void Front::answer(SoupServerMessage* message, const char* path) {
    if (Connection* connection = Connection::of(message)) connection->answering();
    Request request = readRequest(message);
    request.path = path;
    request.client =
        proxies_.clientOf(soup_server_message_get_remote_address(message), request.list("X-Forwarded-For"));
    const SocketHandler* socket = ws::isUpgrade(message) ? router_.socketAt(request.path) : nullptr;
    if (auto refusal = cors_.refusal(request, socket)) return respond(message, request, std::move(*refusal));
    if (socket) return answerSocket(message, request, *socket);
    Response response = router_.answer(request);
    if (request.method == "OPTIONS" && response.status == 204)
        cors_.decoratePreflight(request, router_.methods(request.path), response);
    if (response.later) return wait(message, std::move(request), std::move(response));
    respond(message, request, std::move(response));
}

void Front::answerSocket(SoupServerMessage* message, const Request& request, const SocketHandler& handler) {
    if (request.header("Sec-WebSocket-Version") != "13")
        return respond(
            message, request,
            problem(400, "unsupported_version", "Only version 13 of the WebSocket protocol is spoken.")
                .with("Sec-WebSocket-Version", "13"));
    if (!newSockets_.take(request.client, std::chrono::steady_clock::now()))
        return respond(message, request,
                       problem(429, "too_many_sockets", "Too many new sockets from this address.")
                           .with("Retry-After", "1"));
    Admission admission = handler(request);
    if (admission.later) return wait(message, request, admission);
    decide(message, request, std::move(admission));
}

void Front::decide(SoupServerMessage* message, const Request& request, Admission admission) {
    if (!admission.accepted) return respond(message, request, std::move(admission.refusal));
    upgrade(message, request, std::move(admission.accepted));
}

void Front::upgrade(SoupServerMessage* message, const Request& request,
                    std::function<void(Ref<GIOStream>)> accepted) {
    ws::upgrade(message,
                [this, peer = Ref<GSocketAddress>::share(soup_server_message_get_remote_address(message)),
                 accepted = std::move(accepted)](Ref<GIOStream> stream) {
                    if (!stream) return;
                    if (Connection* connection = Connection::at(peer.get())) ended(*connection);
                    ++stats_.upgraded;
                    accepted(std::move(stream));
                });
    if (soup_server_message_get_status(message) != SOUP_STATUS_SWITCHING_PROTOCOLS)
        return respond(
            message, request,
            problem(400, "bad_handshake", "The WebSocket handshake is not valid (RFC 6455, 4.2.1)."));
    count(request, SOUP_STATUS_SWITCHING_PROTOCOLS);
}

void Front::count(const Request& request, unsigned status) const {
    if (answered_) answered_(router_.endpointAt(request.path), status);
}

void Front::respond(SoupServerMessage* message, const Request& request, Response response) {
    cors_.decorate(request, response);
    if (countsAsRefusal(response)) refusals_.note(response.code, request.client);
    writeAnswer(message, response);
    if (response.source) send(message, request, std::move(response.source));
    count(request, response.status);
    if (certificate_)
        g_signal_connect(message, "wrote-body", G_CALLBACK(+[](SoupServerMessage* written, gpointer) {
                             fence("http answer", [&] {
                                 if (Connection* connection = Connection::of(written))
                                     connection->beforeClose();
                             });
                         }),
                         nullptr);
    logging::debug("http", "answered",
                   {{"method", request.method}, {"path", request.path}, {"status", response.status}});
}

} // namespace lm::http
