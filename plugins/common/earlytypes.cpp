#include "plugins/common/earlytypes.hpp"

#include <gio/gio.h>
#include <libsoup/soup.h>

#include <mutex>

namespace lm {

void makeTypesEarly() {
    static std::once_flag once;
    std::call_once(once, [] {
        for (const GType type :
             {G_TYPE_SOCKET_CONNECTABLE, G_TYPE_PROXY_RESOLVER, G_TYPE_TLS_BACKEND,
              G_TYPE_TLS_SERVER_CONNECTION, G_TYPE_TLS_CLIENT_CONNECTION, G_TYPE_ASYNC_INITABLE,
              G_TYPE_POLLABLE_INPUT_STREAM, G_TYPE_POLLABLE_OUTPUT_STREAM, G_TYPE_TLS_AUTHENTICATION_MODE,
              G_TYPE_TLS_CERTIFICATE_FLAGS})
            g_type_ensure(type);
        // Static classes are never given back: neither are the references.
        for (const GType type : {G_TYPE_INET_ADDRESS,
                                 G_TYPE_INET_SOCKET_ADDRESS,
                                 G_TYPE_SOCKET,
                                 G_TYPE_SOCKET_CLIENT,
                                 G_TYPE_SOCKET_LISTENER,
                                 G_TYPE_SOCKET_CONNECTION,
                                 G_TYPE_TCP_CONNECTION,
                                 G_TYPE_NETWORK_ADDRESS,
                                 G_TYPE_PROXY_ADDRESS,
                                 G_TYPE_RESOLVER,
                                 G_TYPE_CANCELLABLE,
                                 G_TYPE_TASK,
                                 G_TYPE_SIMPLE_IO_STREAM,
                                 G_TYPE_FILTER_INPUT_STREAM,
                                 G_TYPE_FILTER_OUTPUT_STREAM,
                                 G_TYPE_BUFFERED_INPUT_STREAM,
                                 G_TYPE_MEMORY_INPUT_STREAM,
                                 G_TYPE_MEMORY_OUTPUT_STREAM,
                                 G_TYPE_TLS_CERTIFICATE,
                                 G_TYPE_TLS_DATABASE,
                                 G_TYPE_TLS_INTERACTION,
                                 G_TYPE_TLS_CONNECTION,
                                 SOUP_TYPE_MESSAGE,
                                 SOUP_TYPE_SERVER_MESSAGE,
                                 SOUP_TYPE_SESSION,
                                 SOUP_TYPE_SERVER,
                                 SOUP_TYPE_WEBSOCKET_CONNECTION})
            g_type_class_ref(type);
    });
}

} // namespace lm
