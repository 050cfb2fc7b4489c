#pragma once

#include "plugins/common/ingest/pool.hpp"
#include "plugins/common/websocket/listener.hpp"
#include "plugins/wsaudiosrc/audiopusher.hpp"

namespace lm::wsaudiosrc {

/// What properties write. Copied when the element starts; streaming reads only the copy.
struct Settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 9001;
    std::string path = "/egress-audio";
    std::chrono::milliseconds contextWait{75};
    std::uint64_t maxMessageBytes = 1 << 20;
    std::chrono::milliseconds gapThreshold{1000};
    std::chrono::milliseconds maxFill{60'000};
    bool dropMuted = false;
    bool correctFormat = false;
    AudioFormat format;        // unless the query of the upgrade says otherwise
    Ref<GIOStream> connection; // an upgraded connection, or null: listen
};

/// The life of one source between READY and PLAYING: waits for a connection or takes the one it is given,
/// puts its session into the ingest pool while the element plays. Methods are thread-safe; start, play, pause
/// and stop come in the order of state changes, stop after the pad has been deactivated: it waits for a visit
/// that is running. Never called from the ingest thread, except finish.
class SourceControl {
public:
    SourceControl(GstElement* element, GstPad* pad) : element_(element), pad_(pad) {}
    ~SourceControl() { stop(); }

    /// Listens, or adopts the connection. Never waits for a peer.
    Result<bool> start(const Settings& settings);
    Result<bool> play();
    void pause();
    void stop();
    /// Ends the stream in order, with EOS, as soon as what has arrived is pushed.
    void finish();

    std::uint16_t boundPort();
    std::optional<PushStats> stats();
    ingest::Pool::LatenessReading lateness();
    std::chrono::milliseconds contextWait() { return state_.lock()->settings.contextWait; }

private:
    /// Everything of one connection; members go in reverse, so the place is left first.
    struct Track {
        std::unique_ptr<AudioPusher> pusher;
        std::shared_ptr<ingest::MediaSession> session;
        ingest::Pool::Place place;
    };
    struct State {
        Settings settings;
        std::unique_ptr<ws::Listener> listener;
        std::uint16_t port = 0;
        std::unique_ptr<Track> track;
        std::optional<AudioFormat> promised; // answered with 101; the connection is on its way
        bool playing = false;
        bool finished = false; // EOS has been asked for
    };

    std::optional<ws::Refusal> onRequest(const char* query);
    void onConnection(Ref<GIOStream> stream);
    std::unique_ptr<Track> makeTrack(const Settings& settings, AudioFormat format, Ref<GIOStream> stream);
    /// Puts the track into the pool; an error when the kernel refuses its descriptor.
    Result<bool> visit(Guarded<State>::Locker& state);

    GstElement* const element_;
    GstPad* const pad_;
    Guarded<State> state_;
};

} // namespace lm::wsaudiosrc
