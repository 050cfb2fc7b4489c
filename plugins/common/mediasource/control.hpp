#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/ingest/pool.hpp"
#include "plugins/common/mediasource/pusher.hpp"
#include "plugins/common/result.hpp"
#include "plugins/common/websocket/listener.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lm::mediasource {

/// Where the connection of a source comes from and how it is read, whatever it carries.
struct Transport {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9001;
    std::string path;
    std::chrono::milliseconds contextWait{75};
    std::uint64_t maxMessageBytes = 1 << 20;
    Ref<GIOStream> connection; // an upgraded connection, or null: listen
};

/// What a connection is taken for.
struct Promise {
    std::function<std::unique_ptr<Pusher>()> makePusher;
    std::function<GstStructure*()> connectedMessage; // posted when the peer of a listening source is there
};

/// Reads the query of an upgrade, nullptr when there is none or the connection was given; an Error refuses it
/// with 400.
using Accept = std::function<Result<Promise>(const char* query)>;

/// The life of one source between READY and PLAYING: waits for a connection or takes the one it is given,
/// puts its session into the ingest pool while the element plays. Methods are thread-safe; start, play, pause
/// and stop come in the order of state changes, stop after the pad has been deactivated: it waits for a visit
/// that is running. Never called from the ingest thread, except finish.
class Control {
public:
    /// Borrowed, and outliving it: the element and its source pad. `listeningMessage` is a name.
    Control(GstElement* element, GstPad* pad, const char* listeningMessage)
        : element_(element), pad_(pad), listeningMessage_(listeningMessage) {}
    ~Control() { stop(); }

    /// Listens, or adopts the connection. Never waits for a peer.
    Result<bool> start(Transport transport, Accept accept);
    Result<bool> play();
    void pause();
    void stop();
    /// Ends the stream in order, with EOS, as soon as what has arrived is pushed.
    void finish();

    std::uint16_t boundPort();
    ingest::Pool::LatenessReading lateness();
    /// Calls `read` with the pusher of the connection, under the lock; false when there is none.
    bool withPusher(const std::function<void(Pusher&)>& read);

private:
    /// Everything of one connection; members go in reverse, so the place is left first.
    struct Track {
        std::unique_ptr<Pusher> pusher;
        std::shared_ptr<ingest::MediaSession> session;
        ingest::Pool::Place place;
    };
    struct State {
        Transport transport;
        Accept accept;
        std::unique_ptr<ws::Listener> listener;
        std::uint16_t port = 0;
        std::unique_ptr<Track> track;
        std::optional<Promise> promised; // answered with 101; the connection is on its way
        bool playing = false;
        bool finished = false; // EOS has been asked for
    };

    std::optional<ws::Refusal> onRequest(const char* query);
    void onConnection(Ref<GIOStream> stream);
    /// Puts the track into the pool; an error when the kernel refuses its descriptor.
    Result<bool> visit(Guarded<State>::Locker& state);
    void post(GstStructure* structure);

    GstElement* const element_;
    GstPad* const pad_;
    const char* const listeningMessage_;
    Guarded<State> state_;
};

} // namespace lm::mediasource
