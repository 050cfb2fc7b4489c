#include "plugins/common/websocket/upgrade.hpp"

#include "plugins/common/cboundary.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <thread>
#include <utility>

namespace lm::ws {
namespace {

/// Lives as long as the message: whatever way it ends, `done` has run once.
class Handover {
public:
    explicit Handover(Upgraded done) : done_(std::move(done)) {}
    ~Handover() { finish(nullptr); }
    void finish(Ref<GIOStream> stream) {
        if (auto done = std::exchange(done_, nullptr)) done(std::move(stream));
    }

private:
    Upgraded done_;
};

void onInformationalWritten(SoupServerMessage* message, gpointer data) {
    fence("upgrade", [&] {
        auto stream = Ref<GIOStream>::adopt(soup_server_message_steal_connection(message));
        static_cast<Handover*>(data)->finish(std::move(stream));
    });
}

/// One layer down: TLS and libsoup both wrap a stream and offer it as a property, under different names.
Ref<GIOStream> below(GIOStream* stream) {
    for (const char* name : {"base-io-stream", "base-iostream"}) {
        if (!g_object_class_find_property(G_OBJECT_GET_CLASS(stream), name)) continue;
        GIOStream* base = nullptr;
        g_object_get(stream, name, &base, nullptr);
        if (base) return Ref<GIOStream>::adopt(base);
    }
    return nullptr;
}

} // namespace

bool isUpgrade(SoupServerMessage* message) {
    SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
    return soup_server_message_get_method(message) == SOUP_METHOD_GET &&
           soup_message_headers_header_contains(headers, "Upgrade", "websocket") &&
           soup_message_headers_header_contains(headers, "Connection", "Upgrade");
}

void upgrade(SoupServerMessage* message, Upgraded done) {
    auto handover = std::make_unique<Handover>(std::move(done));
    if (!soup_websocket_server_process_handshake(message, nullptr, nullptr, nullptr, nullptr)) return;
    g_signal_connect_data(
        message, "wrote-informational", G_CALLBACK(onInformationalWritten), handover.release(),
        [](gpointer data, GClosure*) { fence("upgrade", [&] { delete static_cast<Handover*>(data); }); },
        G_CONNECT_DEFAULT);
}

int descriptorOf(GIOStream* stream) {
    for (auto s = Ref<GIOStream>::share(stream); s; s = below(s.get()))
        if (G_IS_SOCKET_CONNECTION(s.get()))
            return g_socket_get_fd(g_socket_connection_get_socket(G_SOCKET_CONNECTION(s.get())));
    return -1;
}

bool sayGoodbye(GIOStream* stream) {
    if (isPlain(stream)) return true;
    pollfd output{descriptorOf(stream), POLLOUT, 0};
    if (output.fd < 0 || ::poll(&output, 1, 0) != 1 || output.revents != POLLOUT) return false;
    // Not writable while a handshake is under way, which a TLS 1.2 peer can begin at any time and never end:
    // a close would wait for it.
    GOutputStream* out = g_io_stream_get_output_stream(stream);
    if (!g_pollable_output_stream_is_writable(G_POLLABLE_OUTPUT_STREAM(out))) return false;
    g_output_stream_close(out, nullptr, nullptr);
    return true;
}

void abandon(Ref<GIOStream> stream) {
    // Not closed: the descriptor could belong to another socket before the handshake looks at it again.
    ::shutdown(descriptorOf(stream.get()), SHUT_RDWR);
    std::thread([last = std::move(stream)]() mutable { last.reset(); }).detach();
}

bool isPlain(GIOStream* stream) {
    for (auto s = Ref<GIOStream>::share(stream); s; s = below(s.get()))
        if (G_IS_TLS_CONNECTION(s.get())) return false;
    return true;
}

} // namespace lm::ws
