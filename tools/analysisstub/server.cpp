#include "tools/analysisstub/server.hpp"

#include "plugins/common/cboundary.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace lm::analysisstub {

namespace {

constexpr int kBacklog = 512; // libsoup's own is 10, which a burst of tracks overruns
constexpr char kJson[] = "application/json; charset=utf-8";

std::string nowUtc() {
    const Owned<GDateTime> now(g_date_time_new_now_utc());
    const Owned<char> text(g_date_time_format(now.get(), "%Y-%m-%dT%H:%M:%S"));
    char fraction[16];
    std::snprintf(fraction, sizeof fraction, ".%03dZ", g_date_time_get_microsecond(now.get()) / 1000);
    return std::string(text.get()) + fraction;
}

std::map<std::string, std::string> headersOf(SoupServerMessage* message) {
    std::map<std::string, std::string> headers;
    SoupMessageHeadersIter iterator;
    soup_message_headers_iter_init(&iterator, soup_server_message_get_request_headers(message));
    const char* name = nullptr;
    const char* value = nullptr;
    while (soup_message_headers_iter_next(&iterator, &name, &value)) {
        const Owned<char> lower(g_ascii_strdown(name, -1));
        headers[lower.get()] = std::string_view(lower.get()) == "authorization" ? "present" : value;
    }
    return headers;
}

const char* header(SoupServerMessage* message, const char* name) {
    const char* value = soup_message_headers_get_one(soup_server_message_get_request_headers(message), name);
    return value == nullptr ? "" : value;
}

/// What the attempts of one block have in common.
std::string blockOf(SoupServerMessage* message) {
    const std::string key = header(message, "Idempotency-Key");
    if (!key.empty()) return key;
    return std::string(header(message, "X-Track-Id")) + "/" + header(message, "X-Block-Sequence");
}

void setBody(SoupServerMessage* message, std::uint32_t status, const std::string& body) {
    soup_server_message_set_status(message, status, nullptr);
    soup_server_message_set_response(message, kJson, SOUP_MEMORY_COPY, body.data(), body.size());
}

std::string emotions(std::uint64_t receivedBytes) {
    return R"({"emotions":{"neutral":0.8,"happy":0.15,"sad":0.05},"durationMs":2000,"receivedBytes":)" +
           std::to_string(receivedBytes) + "}";
}

struct ChecksumFree {
    void operator()(GChecksum* sum) const { g_checksum_free(sum); }
};

} // namespace

struct Server::Exchange {
    Entry entry;
    File body;
    std::unique_ptr<GChecksum, ChecksumFree> sum;
    Ref<GSource> delay; // the timer before the answer

    ~Exchange() {
        if (delay) g_source_destroy(delay.get());
    }
};

Server::Server(Behaviour behaviour, Recorder recorder)
    : judge_(behaviour), recorder_(std::move(recorder)), delayMs_(behaviour.delayMs),
      server_(Ref<SoupServer>::adopt(soup_server_new("server-header", "analysis-stub", nullptr))) {
    soup_server_add_early_handler(
        server_.get(), nullptr,
        [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer self) {
            fence("early handler", [&] { static_cast<Server*>(self)->onHeaders(message); });
        },
        this, nullptr);
    soup_server_add_handler(
        server_.get(), nullptr,
        [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer self) {
            fence("handler", [&] { static_cast<Server*>(self)->onBody(message); });
        },
        this, nullptr);
    const auto forgetIt = +[](SoupServer*, SoupServerMessage* message, gpointer self) {
        fence("request end", [&] { static_cast<Server*>(self)->forget(message); });
    };
    g_signal_connect(server_.get(), "request-finished", G_CALLBACK(forgetIt), this);
    g_signal_connect(server_.get(), "request-aborted", G_CALLBACK(forgetIt), this);
}

Server::~Server() {
    g_signal_handlers_disconnect_by_data(server_.get(), this);
    soup_server_disconnect(server_.get());
}

Result<std::uint16_t> Server::listen(const std::string& host, std::uint16_t port) {
    Owned<GError> error;
    const auto address =
        Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string(host.c_str(), port));
    if (!address) return Error{host + " is not an IP address"};
    const auto socket =
        Ref<GSocket>::adopt(g_socket_new(g_socket_address_get_family(address.get()), G_SOCKET_TYPE_STREAM,
                                         G_SOCKET_PROTOCOL_TCP, OutPtr(error)));
    if (!socket) return Error{error->message};
    g_socket_set_listen_backlog(socket.get(), kBacklog);
    if (!g_socket_bind(socket.get(), address.get(), TRUE, OutPtr(error))) return Error{error->message};
    if (!g_socket_listen(socket.get(), OutPtr(error))) return Error{error->message};
    if (!soup_server_listen_socket(server_.get(), socket.get(), SoupServerListenOptions{}, OutPtr(error))) {
        return Error{error->message};
    }
    const auto bound = Ref<GSocketAddress>::adopt(g_socket_get_local_address(socket.get(), nullptr));
    return g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound.get()));
}

Server::Exchange* Server::find(SoupServerMessage* message) {
    const auto found = exchanges_.find(message);
    return found == exchanges_.end() ? nullptr : found->second.get();
}

void Server::onHeaders(SoupServerMessage* message) {
    auto exchange = std::make_unique<Exchange>();
    auto& entry = exchange->entry;
    entry.method = soup_server_message_get_method(message);
    if (entry.method != "POST") return;
    entry.number = ++received_;
    soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
    if (recorder_.keepsBodies()) {
        entry.time = nowUtc();
        const char* query = g_uri_get_query(soup_server_message_get_uri(message));
        entry.path = g_uri_get_path(soup_server_message_get_uri(message));
        entry.query = query == nullptr ? "" : query;
        entry.headers = headersOf(message);
        exchange->body = recorder_.createBody(entry.number, entry.file);
        exchange->sum.reset(g_checksum_new(G_CHECKSUM_SHA256));
    }
    exchanges_[message] = std::move(exchange);
    maxInFlight_ = std::max(maxInFlight_, ++inFlight_);
    const auto onChunk = +[](SoupServerMessage* m, GBytes* chunk, gpointer self) {
        fence("got-chunk", [&] {
            gsize size = 0;
            const auto* data = static_cast<const std::uint8_t*>(g_bytes_get_data(chunk, &size));
            static_cast<Server*>(self)->onChunk(m, {data, size});
        });
    };
    g_signal_connect(message, "got-chunk", G_CALLBACK(onChunk), this);
}

void Server::onChunk(SoupServerMessage* message, ByteView chunk) {
    auto* exchange = find(message);
    if (exchange == nullptr) return;
    bytes_ += chunk.size();
    exchange->entry.size += chunk.size();
    if (exchange->body) std::fwrite(chunk.data(), 1, chunk.size(), exchange->body.get());
    if (exchange->sum)
        g_checksum_update(exchange->sum.get(), chunk.data(), static_cast<gssize>(chunk.size()));
}

void Server::onBody(SoupServerMessage* message) {
    auto* exchange = find(message);
    if (exchange == nullptr) return answerGet(message);
    ++complete_;
    const auto verdict = judge_.judge({header(message, "Authorization"), blockOf(message)});
    if (delayMs_ == 0) return answer(message, verdict);

    struct Later {
        Server* server;
        SoupServerMessage* message;
        Answer verdict;
    };
    soup_server_message_pause(message);
    exchange->delay = Ref<GSource>::adopt(g_timeout_source_new(delayMs_));
    g_source_set_callback(
        exchange->delay.get(),
        [](gpointer data) -> gboolean {
            const auto* later = static_cast<Later*>(data);
            fence("delay", [&] { later->server->answer(later->message, later->verdict); });
            return G_SOURCE_REMOVE;
        },
        new Later{this, message, verdict}, [](gpointer data) { delete static_cast<Later*>(data); });
    g_source_attach(exchange->delay.get(), g_main_context_get_thread_default());
}

void Server::answer(SoupServerMessage* message, const Answer& verdict) {
    auto* exchange = find(message);
    if (exchange == nullptr) return;
    record(*exchange, verdict.status);
    const bool paused = bool(exchange->delay);
    if (verdict.kind == Answer::Kind::Drop) return drop(message);
    if (verdict.kind == Answer::Kind::Hang) {
        if (!paused) soup_server_message_pause(message);
        return;
    }
    send(message, verdict);
    if (paused) soup_server_message_unpause(message);
}

void Server::send(SoupServerMessage* message, const Answer& verdict) {
    if (verdict.retryAfterSeconds > 0) {
        soup_message_headers_replace(soup_server_message_get_response_headers(message), "Retry-After",
                                     std::to_string(verdict.retryAfterSeconds).c_str());
    }
    switch (verdict.kind) {
    case Answer::Kind::Garbage:
        return setBody(message, verdict.status, "{\"emotions\": \xff not JSON");
    case Answer::Kind::Unauthorised:
        return setBody(message, verdict.status, R"({"error":"wrong or missing key"})");
    case Answer::Kind::Failure:
        return setBody(message, verdict.status, R"({"error":"failed on request"})");
    default:
        return setBody(message, verdict.status, emotions(find(message)->entry.size));
    }
}

void Server::record(Exchange& exchange, std::uint32_t status) {
    ++statuses_[status];
    if (!recorder_.keepsBodies()) return;
    exchange.body.reset();
    exchange.entry.sha256 = g_checksum_get_string(exchange.sum.get());
    exchange.entry.status = status;
    recorder_.add(exchange.entry);
}

void Server::drop(SoupServerMessage* message) {
    forget(message);
    const auto stream = Ref<GIOStream>::adopt(soup_server_message_steal_connection(message));
    g_io_stream_close(stream.get(), nullptr, nullptr);
}

void Server::forget(SoupServerMessage* message) {
    if (exchanges_.erase(message) == 0) return;
    g_signal_handlers_disconnect_by_data(message, this);
    --inFlight_;
}

void Server::answerGet(SoupServerMessage* message) {
    const std::string path = g_uri_get_path(soup_server_message_get_uri(message));
    if (std::strcmp(soup_server_message_get_method(message), "GET") != 0) {
        setBody(message, 405, R"({"error":"POST a block, or GET /stats or /requests"})");
    } else if (path == "/stats") {
        setBody(message, 200, statsJson());
    } else if (path == "/requests") {
        setBody(message, 200, recorder_.recent());
    } else {
        setBody(message, 404, R"({"error":"GET /stats or /requests; POST a block to any path"})");
    }
}

std::string Server::statsJson() const {
    std::string statuses;
    for (const auto& [status, count] : statuses_) {
        statuses +=
            (statuses.empty() ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(count);
    }
    return "{\"requests\":" + std::to_string(received_) + ",\"complete\":" + std::to_string(complete_) +
           ",\"bytes\":" + std::to_string(bytes_) + ",\"inFlight\":" + std::to_string(inFlight_) +
           ",\"maxInFlight\":" + std::to_string(maxInFlight_) + ",\"statuses\":{" + statuses + "}}\n";
}

} // namespace lm::analysisstub
