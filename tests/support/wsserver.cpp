#include "tests/support/wsserver.hpp"

#include <algorithm>
#include <chrono>

namespace lm::test {

/// The closure of one connection's signals.
struct WsServer::Client {
    WsServer* server;
    std::size_t index;

    template <typename Change> void note(Change change) {
        change((*server->received_.lock())[index]);
        server->changed_.notify_all();
    }
};

WsServer::WsServer() {
    thread_.run([this] {
        server_ = Ref<SoupServer>::adopt(soup_server_new(nullptr, nullptr));
        soup_server_add_websocket_handler(
            server_.get(), nullptr, nullptr, nullptr,
            [](SoupServer*, SoupServerMessage* message, const char*, SoupWebsocketConnection* connection,
               gpointer self) { static_cast<WsServer*>(self)->onConnection(message, connection); },
            this, nullptr);
        soup_server_listen_local(server_.get(), 0, SOUP_SERVER_LISTEN_IPV4_ONLY, nullptr);
        GSList* uris = soup_server_get_uris(server_.get());
        port_ = static_cast<std::uint16_t>(g_uri_get_port(static_cast<GUri*>(uris->data)));
        g_slist_free_full(uris, reinterpret_cast<GDestroyNotify>(g_uri_unref));
    });
}

WsServer::~WsServer() {
    thread_.run([this] {
        soup_server_disconnect(server_.get());
        connections_.clear();
        server_.reset();
    });
}

std::string WsServer::url(const std::string& target) const {
    return "ws://127.0.0.1:" + std::to_string(port_) + target;
}

void WsServer::onConnection(SoupServerMessage* message, SoupWebsocketConnection* connection) {
    Received fresh;
    const char* query = g_uri_get_query(soup_server_message_get_uri(message));
    fresh.query = query == nullptr ? "" : query;
    soup_message_headers_foreach(
        soup_server_message_get_request_headers(message),
        [](const char* name, const char* value, gpointer headers) {
            (*static_cast<std::map<std::string, std::string>*>(headers))[name] = value;
        },
        &fresh.headers);
    auto* client = new Client{this, 0};
    {
        auto all = received_.lock();
        client->index = all->size();
        all->push_back(std::move(fresh));
    }
    connections_.push_back(Ref<SoupWebsocketConnection>::share(connection));
    g_object_set_data_full(G_OBJECT(connection), "client", client,
                           [](gpointer data) { delete static_cast<Client*>(data); });
    const auto onMessage = +[](SoupWebsocketConnection*, int type, GBytes* bytes, gpointer data) {
        gsize size = 0;
        const auto* octets = static_cast<const std::uint8_t*>(g_bytes_get_data(bytes, &size));
        static_cast<Client*>(data)->note([&](Received& r) {
            if (type == SOUP_WEBSOCKET_DATA_TEXT) {
                r.texts.emplace_back(reinterpret_cast<const char*>(octets), size);
            } else {
                r.audio.insert(r.audio.end(), octets, octets + size);
                ++r.messages;
            }
        });
    };
    const auto onError = +[](SoupWebsocketConnection*, GError* error, gpointer data) {
        static_cast<Client*>(data)->note([&](Received& r) { r.errors.emplace_back(error->message); });
    };
    const auto onClosed = +[](SoupWebsocketConnection* c, gpointer data) {
        static_cast<Client*>(data)->note([&](Received& r) {
            r.closed = true;
            r.closeCode = soup_websocket_connection_get_close_code(c);
        });
    };
    g_signal_connect(connection, "message", G_CALLBACK(onMessage), client);
    g_signal_connect(connection, "error", G_CALLBACK(onError), client);
    g_signal_connect(connection, "closed", G_CALLBACK(onClosed), client);
}

std::vector<Received> WsServer::waitForClosed(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto all = received_.lock();
    const bool came = all.waitUntil(changed_, deadline, [&] {
        return all->size() >= count && std::ranges::all_of(*all, &Received::closed);
    });
    return came ? *all : std::vector<Received>();
}

} // namespace lm::test
