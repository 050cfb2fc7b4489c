#pragma once

#include "plugins/common/handles.hpp"

#include <libsoup/soup.h>

#include <functional>

namespace lm::ws {

/// True when the request asks for a WebSocket (RFC 6455 4.2.1: GET, `Connection: Upgrade`, `Upgrade:
/// websocket`).
bool isUpgrade(SoupServerMessage* message);

/// Receives the connection after the 101 has been written, or a null handle when there will be none (refused
/// handshake, peer gone before the answer was out). Runs exactly once, on the thread of the server.
using Upgraded = std::function<void(Ref<GIOStream>)>;

/// Answers the handshake inside an ordinary request handler and takes the connection away from libsoup, which
/// never sees a frame. No extension and no subprotocol is accepted. What the peer sent right behind its
/// handshake sits in the buffer of the stream: read through the stream, never the raw descriptor. On a
/// handshake that cannot be accepted an error status (400, 403) is set on `message` and `done` has run with
/// a null handle when this returns.
void upgrade(SoupServerMessage* message, Upgraded done);

/// The descriptor below a stream (plain, TLS or libsoup's), to wait on it; -1 when there is none.
int descriptorOf(GIOStream* stream);

/// Ends a TLS session on our side (close_notify) if that can be done without waiting: a peer that does not
/// read, or has begun another handshake, is not told: false. True for a plain stream, which needs none.
bool sayGoodbye(GIOStream* stream);

/// Ends a stream that could not be told goodbye, without waiting. The socket is shut down, so that a
/// handshake under way fails; the stream's last reference, whose end waits for that, goes on a thread of its
/// own.
void abandon(Ref<GIOStream> stream);

/// True when every byte the stream can deliver has been asked for by a read that came back short: not so for
/// TLS, where a record may still sit in a buffer above the socket.
bool isPlain(GIOStream* stream);

} // namespace lm::ws
