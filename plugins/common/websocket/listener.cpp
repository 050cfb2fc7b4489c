#include "plugins/common/websocket/listener.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/websocket/upgrade.hpp"

namespace lm::ws {
namespace {

void refuse(SoupServerMessage* message, const Refusal& refusal) {
    soup_server_message_set_status(message, refusal.status, nullptr);
    const std::string body = refusal.message + "\n";
    soup_server_message_set_response(message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, body.data(),
                                     body.size());
}

} // namespace

Result<std::unique_ptr<Listener>> Listener::open(const ListenerSettings& settings, Callbacks callbacks) {
    std::unique_ptr<Listener> listener(new Listener);
    listener->callbacks_ = std::move(callbacks);
    listener->path_ = settings.path;
    std::optional<Error> error;
    listener->thread_.run([&] {
        if (auto opened = listener->listen(settings); !opened) error = opened.error();
    });
    if (error) return *error;
    return listener;
}

Result<bool> Listener::listen(const ListenerSettings& settings) {
    server_ = Ref<SoupServer>::adopt(soup_server_new("server-header", "live-meeting", nullptr));
    soup_server_add_handler(
        server_.get(), nullptr,
        [](SoupServer*, SoupServerMessage* message, const char* path, GHashTable*, gpointer self) {
            fence("listener", [&] { static_cast<Listener*>(self)->onMessage(message, path); });
        },
        this, nullptr);
    Owned<GError> failure;
    auto address = Ref<GSocketAddress>::adopt(
        g_inet_socket_address_new_from_string(settings.address.c_str(), settings.port));
    if (!address) return Error{"\"" + settings.address + "\" is not an IP address", "address"};
    if (!soup_server_listen(server_.get(), address.get(), {}, OutPtr(failure)))
        return Error{failure->message, "port"};
    GSList* uris = soup_server_get_uris(server_.get());
    if (uris) port_ = static_cast<std::uint16_t>(g_uri_get_port(static_cast<GUri*>(uris->data)));
    g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    return true;
}

Listener::~Listener() {
    thread_.run([this] {
        if (server_) soup_server_disconnect(server_.get());
        server_.reset();
    });
}

void Listener::onMessage(SoupServerMessage* message, const char* path) {
    // A connection kept open between requests would never be closed by libsoup 3.2.
    soup_message_headers_append(soup_server_message_get_response_headers(message), "Connection", "close");
    if (path != path_) return refuse(message, {404, "nothing is here; audio is received at " + path_});
    if (!isUpgrade(message)) return refuse(message, {426, "this is a WebSocket endpoint"});
    const char* query = g_uri_get_query(soup_server_message_get_uri(message));
    if (const auto refusal = callbacks_.onRequest(query ? query : "")) return refuse(message, *refusal);
    soup_message_headers_remove(soup_server_message_get_response_headers(message), "Connection");
    upgrade(message, [this](Ref<GIOStream> stream) { callbacks_.onConnection(std::move(stream)); });
}

} // namespace lm::ws
