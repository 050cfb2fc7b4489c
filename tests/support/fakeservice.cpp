#include "tests/support/fakeservice.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace lm::test {
namespace {

std::string lower(const char* text) {
    const Owned<char> copy(g_ascii_strdown(text, -1));
    return copy.get();
}

ReceivedPost record(SoupServerMessage* message, const char* path) {
    ReceivedPost request;
    request.method = soup_server_message_get_method(message);
    request.path = path;
    if (const char* query = g_uri_get_query(soup_server_message_get_uri(message))) request.query = query;
    auto* peer = soup_server_message_get_remote_address(message);
    request.peerPort = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(peer));
    SoupMessageHeadersIter it;
    soup_message_headers_iter_init(&it, soup_server_message_get_request_headers(message));
    const char *name = nullptr, *value = nullptr;
    while (soup_message_headers_iter_next(&it, &name, &value))
        request.headers.emplace_back(lower(name), value);
    const SoupMessageBody* body = soup_server_message_get_request_body(message);
    if (body->length > 0) request.body.assign(body->data, static_cast<std::size_t>(body->length));
    return request;
}

void apply(SoupServerMessage* message, const Answer& answer) {
    SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
    for (const auto& [name, value] : answer.headers)
        soup_message_headers_replace(headers, name.c_str(), value.c_str());
    if (!answer.body.empty())
        soup_message_body_append(soup_server_message_get_response_body(message), SOUP_MEMORY_COPY,
                                 answer.body.data(), answer.body.size());
    soup_server_message_set_status(message, answer.status, nullptr);
}

/// Head and body: closing a connection with unread data would reset it and lose the answer.
void readRequest(GInputStream* in) {
    constexpr std::string_view field = "Content-Length: ";
    char buffer[4096];
    std::string seen;
    std::size_t wanted = std::string::npos;
    while (seen.size() < wanted) {
        const gssize n = g_input_stream_read(in, buffer, sizeof buffer, nullptr, nullptr);
        if (n <= 0) return;
        seen.append(buffer, static_cast<std::size_t>(n));
        const auto end = seen.find("\r\n\r\n");
        const auto length = seen.find(field);
        if (wanted == std::string::npos && end != std::string::npos)
            wanted = end + 4 + (length < end ? std::stoul(seen.substr(length + field.size())) : 0);
    }
}

} // namespace

std::string ReceivedPost::header(const std::string& name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
    return found == headers.end() ? "" : found->second;
}

std::string ReceivedPost::parameter(const std::string& name) const {
    const auto table = Ref<GHashTable>::adopt(soup_form_decode(query.c_str()));
    const auto* value = static_cast<const char*>(g_hash_table_lookup(table.get(), name.c_str()));
    return value ? value : "";
}

FakeService::FakeService(Script script) : script_(std::move(script)), loop_("fakeservice") {
    loop_.run([this] {
        server_ = Ref<SoupServer>::adopt(soup_server_new(nullptr, nullptr));
        const auto handler = [](SoupServer*, SoupServerMessage* message, const char* path, GHashTable*,
                                gpointer self) { static_cast<FakeService*>(self)->onRequest(message, path); };
        soup_server_add_handler(server_.get(), nullptr, handler, this, nullptr);
        const auto address =
            Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string("127.0.0.1", 0));
        if (!soup_server_listen(server_.get(), address.get(), static_cast<SoupServerListenOptions>(0),
                                nullptr))
            throw std::runtime_error("the fake service cannot listen");
        GSList* uris = soup_server_get_uris(server_.get());
        port_ = static_cast<unsigned>(g_uri_get_port(static_cast<GUri*>(uris->data)));
        g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    });
}

FakeService::~FakeService() {
    loop_.run([this] {
        neverHold_ = true;
        soup_server_disconnect(server_.get());
        held_.clear();
        server_.reset();
    });
}

std::string FakeService::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<ReceivedPost> FakeService::received() {
    return state_.lock()->received;
}
std::size_t FakeService::held() {
    return state_.lock()->held;
}
std::size_t FakeService::mostHeld() {
    return state_.lock()->mostHeld;
}

void FakeService::onRequest(SoupServerMessage* message, const char* path) {
    auto request = record(message, path);
    const std::size_t index = state_.lock()->received.size();
    Answer answer = script_(request, index);
    if (answer.hold && !neverHold_) {
        soup_server_message_pause(message);
        held_.push_back({Ref<SoupServerMessage>::share(message), std::move(answer)});
    } else {
        apply(message, answer);
    }
    state_.lock()->received.push_back(std::move(request));
    countHeld();
}

void FakeService::countHeld() {
    {
        auto state = state_.lock();
        state->held = held_.size();
        state->mostHeld = std::max(state->mostHeld, state->held);
    }
    changed_.notify_all();
}

void FakeService::answerHeld(std::size_t most) {
    // Counted as answered before the client can know: whoever sees the answer may start the next request.
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, held_.size()));
    std::vector<Held> ready(std::make_move_iterator(held_.begin()),
                            std::make_move_iterator(held_.begin() + count));
    held_.erase(held_.begin(), held_.begin() + count);
    countHeld();
    for (const Held& one : ready) {
        apply(one.message.get(), one.answer);
        soup_server_message_unpause(one.message.get());
    }
}

void FakeService::release() {
    loop_.run([this] { answerHeld(held_.size()); });
}

void FakeService::releaseOne() {
    loop_.run([this] { answerHeld(1); });
}

void FakeService::releaseAllFromNowOn() {
    loop_.run([this] {
        neverHold_ = true;
        answerHeld(held_.size());
    });
}

bool FakeService::waitUntil(const std::function<bool(const std::vector<ReceivedPost>&, std::size_t)>& done) {
    auto state = state_.lock();
    return state.waitUntil(changed_, std::chrono::steady_clock::now() + std::chrono::seconds(20),
                           [&] { return done(state->received, state->held); });
}

bool FakeService::waitForRequests(std::size_t count) {
    return waitUntil([count](const auto& received, std::size_t) { return received.size() >= count; });
}

bool FakeService::waitForHeld(std::size_t count) {
    return waitUntil([count](const auto&, std::size_t held) { return held >= count; });
}

RawPeer::RawPeer(std::string answer) : answer_(std::move(answer)), loop_("rawpeer") {
    loop_.run([this] { listen(); });
}

void RawPeer::listen() {
    service_ = Ref<GSocketService>::adopt(g_threaded_socket_service_new(4));
    port_ = g_socket_listener_add_any_inet_port(G_SOCKET_LISTENER(service_.get()), nullptr, nullptr);
    const auto run =
        +[](GThreadedSocketService*, GSocketConnection* connection, GObject*, gpointer self) -> gboolean {
        const auto& text = static_cast<RawPeer*>(self)->answer_;
        readRequest(g_io_stream_get_input_stream(G_IO_STREAM(connection)));
        GOutputStream* out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
        g_output_stream_write_all(out, text.data(), text.size(), nullptr, nullptr, nullptr);
        g_io_stream_close(G_IO_STREAM(connection), nullptr, nullptr);
        return TRUE;
    };
    g_signal_connect(service_.get(), "run", G_CALLBACK(run), this);
    g_socket_service_start(service_.get());
}

RawPeer::~RawPeer() {
    loop_.run([this] {
        g_socket_service_stop(service_.get());
        g_socket_listener_close(G_SOCKET_LISTENER(service_.get()));
    });
}

unsigned refusedPort() {
    const auto listener = Ref<GSocketListener>::adopt(g_socket_listener_new());
    const unsigned port = g_socket_listener_add_any_inet_port(listener.get(), nullptr, nullptr);
    g_socket_listener_close(listener.get());
    return port;
}

} // namespace lm::test
