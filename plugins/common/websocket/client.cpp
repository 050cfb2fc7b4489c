#include "plugins/common/websocket/client.hpp"

#include <array>
#include <random>

namespace lm::ws {
namespace {

constexpr std::size_t maxAnswer = 16384; // header of the answer to the upgrade
constexpr std::size_t maxPongs = 16;     // that wait to be sent: a server that floods pings is not followed

Error failed(const char* what, GError* error) {
    const Owned<GError> owned(error);
    return {std::string(what) + ": " + (error ? error->message : "the connection ended")};
}

/// Unpredictable, so that nobody can write bytes of his choice onto the wire (RFC 6455, 10.3).
std::uint32_t drawMask() {
    static thread_local std::random_device device;
    return device();
}

std::string describeClose(const std::string& payload) {
    if (payload.size() < 2) return "the server closed the connection";
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(payload[i]); };
    std::string text = "the server closed the connection with " + std::to_string(byte(0) << 8 | byte(1));
    if (payload.size() > 2) text += ": " + payload.substr(2);
    return text;
}

} // namespace

Result<Target> parseTarget(const std::string& url) {
    const auto uri = Ref<GUri>::adopt(g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, nullptr));
    const char* host = uri ? g_uri_get_host(uri.get()) : nullptr;
    const std::string scheme = uri ? g_uri_get_scheme(uri.get()) : "";
    if (!host || *host == '\0' || (scheme != "ws" && scheme != "wss"))
        return Error{"not a URL of the form ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"};
    if (g_uri_get_userinfo(uri.get())) return Error{"a WebSocket URL has no user name or password"};
    Target target;
    target.tls = scheme == "wss";
    const std::uint16_t usual = target.tls ? 443 : 80;
    target.host = host;
    const int port = g_uri_get_port(uri.get());
    target.port = port > 0 ? static_cast<std::uint16_t>(port) : usual;
    target.authority = target.host.find(':') == std::string::npos ? target.host : '[' + target.host + ']';
    if (target.port != usual) target.authority += ':' + std::to_string(target.port);
    const char* path = g_uri_get_path(uri.get());
    target.resource = *path == '\0' ? "/" : path;
    if (const char* query = g_uri_get_query(uri.get())) target.resource += std::string("?") + query;
    return target;
}

Client::Client(Ref<GSocketConnection> connection, GCancellable* cancellable)
    : connection_(std::move(connection)), cancellable_(cancellable) {}

Result<std::unique_ptr<Client>> Client::open(const Settings& settings) {
    const auto connector = Ref<GSocketClient>::adopt(g_socket_client_new());
    g_socket_client_set_timeout(connector.get(), static_cast<guint>(settings.timeout.count()));
    g_socket_client_set_enable_proxy(connector.get(), FALSE);
    g_socket_client_set_tls(connector.get(), settings.target.tls);
    GError* error = nullptr;
    auto connection = Ref<GSocketConnection>::adopt(g_socket_client_connect_to_host(
        connector.get(), settings.target.host.c_str(), settings.target.port, settings.cancellable, &error));
    if (!connection) return failed("cannot connect", error);
    g_tcp_connection_set_graceful_disconnect(G_TCP_CONNECTION(connection.get()), FALSE);
    std::unique_ptr<Client> client(new Client(std::move(connection), settings.cancellable));
    if (auto wrong = client->upgrade(settings.target)) return *wrong;
    return client;
}

std::optional<Error> Client::upgrade(const Target& target) {
    const auto word = [] { return static_cast<std::uint64_t>(drawMask()) << 32 | drawMask(); };
    const std::string key = upgradeKey(word(), word());
    const std::string request =
        "GET " + target.resource + " HTTP/1.1\r\nHost: " + target.authority +
        "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: " +
        key + "\r\n\r\n";
    auto* stream = G_IO_STREAM(connection_.get());
    GError* error = nullptr;
    if (!g_output_stream_write_all(g_io_stream_get_output_stream(stream), request.data(), request.size(),
                                   nullptr, cancellable_, &error))
        return failed("cannot ask for a WebSocket", error);
    std::string answer;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
        std::array<char, 4096> piece{};
        const gssize got = g_input_stream_read(g_io_stream_get_input_stream(stream), piece.data(),
                                               piece.size(), cancellable_, &error);
        if (got <= 0) return failed("no answer from the server", error);
        answer.append(piece.data(), static_cast<std::size_t>(got));
        end = answer.find("\r\n\r\n");
        if (end == std::string::npos && answer.size() > maxAnswer)
            return Error{"the server's answer is no header"};
    }
    if (auto wrong = checkUpgrade(std::string_view(answer).substr(0, end), key)) return wrong;
    return take(asBytes(std::string_view(answer).substr(end + 4)));
}

std::optional<Error> Client::write(Opcode opcode, Bytes payload) {
    out_.clear();
    appendFrame(out_, opcode, true, payload, drawMask());
    GError* error = nullptr;
    midFrame_ = true;
    if (g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection_.get())), out_.data(),
                                  out_.size(), nullptr, cancellable_, &error)) {
        midFrame_ = false;
        return std::nullopt;
    }
    Error lost = failed("cannot send", error);
    // Why the server has gone may have come before the end.
    if (auto reason = heed()) return reason;
    return lost;
}

std::optional<Error> Client::send(Bytes message) {
    if (auto error = heed()) return error;
    for (const std::string& pong : std::exchange(pongs_, {})) {
        if (auto error = write(Opcode::Pong, asBytes(pong))) return error;
        ++ponged_;
    }
    return write(Opcode::Binary, message);
}

std::optional<Error> Client::heed() {
    auto* in = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(G_IO_STREAM(connection_.get())));
    for (;;) {
        std::array<std::uint8_t, 4096> piece{};
        GError* error = nullptr;
        const gssize got =
            g_pollable_input_stream_read_nonblocking(in, piece.data(), piece.size(), cancellable_, &error);
        if (got < 0 && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
            g_error_free(error);
            return std::nullopt;
        }
        if (got <= 0) return failed("the server ended the connection", error);
        if (auto wrong = take(Bytes(piece.data(), static_cast<std::size_t>(got)))) return wrong;
    }
}

std::optional<Error> Client::take(Bytes received) {
    for (;;) {
        const auto frame = frames_.next(received);
        if (!frame) return frame.error();
        if (!*frame) return std::nullopt;
        if ((*frame)->opcode == Opcode::Ping && pongs_.size() < maxPongs) pongs_.push_back((*frame)->control);
        if ((*frame)->opcode != Opcode::Close) continue;
        serverClosed_ = true;
        return Error{describeClose((*frame)->control)};
    }
}

Client::~Client() {
    if (midFrame_ || goodbye_ || serverClosed_) return;
    out_.clear();
    appendFrame(out_, Opcode::Close, true, closePayload(closecode::GoingAway), drawMask());
    auto* out = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(G_IO_STREAM(connection_.get())));
    Owned<GError> unsaid;
    g_pollable_output_stream_write_nonblocking(out, out_.data(), out_.size(), nullptr, OutPtr(unsaid));
}

std::optional<Error> Client::close() {
    goodbye_ = true;
    if (auto error = write(Opcode::Close, closePayload(closecode::Normal))) return error;
    auto* in = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
    while (!serverClosed_) {
        std::array<std::uint8_t, 4096> piece{};
        GError* error = nullptr;
        const gssize got = g_input_stream_read(in, piece.data(), piece.size(), cancellable_, &error);
        if (got <= 0) return failed("the server did not say goodbye", error);
        if (auto wrong = take(Bytes(piece.data(), static_cast<std::size_t>(got))); wrong && !serverClosed_)
            return wrong;
    }
    return std::nullopt;
}

} // namespace lm::ws
