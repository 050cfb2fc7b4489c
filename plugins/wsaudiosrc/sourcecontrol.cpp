#include "plugins/wsaudiosrc/sourcecontrol.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handedcall.hpp"
#include "plugins/common/names.hpp"

#include <cerrno>
#include <cstring>

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

void post(GstElement* element, GstStructure* structure) {
    gst_element_post_message(element, gst_message_new_element(GST_OBJECT_CAST(element), structure));
}

Error cannotWait() {
    return {std::string("the connection cannot be waited for: ") + std::strerror(errno)};
}

PushSettings pushSettings(const Settings& settings) {
    const auto ns = [](std::chrono::milliseconds time) {
        return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
    };
    return {ns(settings.gapThreshold), ns(settings.maxFill), settings.dropMuted, settings.correctFormat};
}

/// EOS for a stream that never had a session. On a thread of its own: state changes may be waiting for this
/// one.
void pushEosAsync(GstElement* element, GstPad* pad, const Settings& settings) {
    auto call = [element, pad = Ref<GstPad>::share(pad), format = settings.format] {
        AudioPusher(element, pad.get(), format, {}).pushEos();
    };
    gst_element_call_async(
        element,
        [](GstElement*, gpointer handed) {
            fence("wsaudiosrc end", [&] { static_cast<HandedCall*>(handed)->run(); });
        },
        new HandedCall(std::move(call)), [](gpointer handed) { delete static_cast<HandedCall*>(handed); });
}

} // namespace

Result<bool> SourceControl::start(const Settings& settings) {
    {
        auto state = state_.lock();
        *state = State();
        state->settings = settings;
        if (settings.connection) {
            state->track = makeTrack(settings, settings.format, settings.connection);
            state->settings.connection.reset();
            return true;
        }
    }
    auto opened = ws::Listener::open({settings.address, settings.port, settings.path},
                                     {[this](const char* query) { return onRequest(query); },
                                      [this](Ref<GIOStream> stream) { onConnection(std::move(stream)); }});
    if (!opened) return opened.error();
    const guint port = (*opened)->port();
    {
        auto state = state_.lock();
        state->listener = std::move(*opened);
        state->port = static_cast<std::uint16_t>(port);
    }
    post(element_,
         gst_structure_new(names::msgListening, "address", G_TYPE_STRING, settings.address.c_str(), "port",
                           G_TYPE_UINT, port, "path", G_TYPE_STRING, settings.path.c_str(), nullptr));
    return true;
}

std::unique_ptr<SourceControl::Track> SourceControl::makeTrack(const Settings& settings, AudioFormat format,
                                                               Ref<GIOStream> stream) {
    auto track = std::make_unique<Track>();
    track->pusher = std::make_unique<AudioPusher>(element_, pad_, format, pushSettings(settings));
    ingest::SessionSettings session;
    session.maxMessageBytes = settings.maxMessageBytes;
    track->session = std::make_shared<ingest::MediaSession>(std::move(stream), session, *track->pusher);
    track->pusher->setSession(&track->session->stats());
    return track;
}

std::optional<ws::Refusal> SourceControl::onRequest(const char* query) {
    auto state = state_.lock();
    if (state->track || state->promised || state->finished)
        return ws::Refusal{503, "this source receives one track and has it already"};
    const auto format = parseFormat(query, state->settings.format);
    if (!format) return ws::Refusal{400, format.error().message};
    state->promised = *format;
    return std::nullopt;
}

void SourceControl::onConnection(Ref<GIOStream> stream) {
    AudioFormat format;
    {
        auto state = state_.lock();
        const auto promised = std::exchange(state->promised, std::nullopt);
        if (!stream) return; // the peer went away before the answer was out: the next one may come
        if (!promised || state->finished) {
            // Dropping the stream would not hang up: libsoup's buffered layer keeps the socket open.
            ws::Connection(std::move(stream)).close();
            return;
        }
        format = *promised;
        state->track = makeTrack(state->settings, format, std::move(stream));
    }
    // Before the first visit, which may find the end of the track already and tell of that.
    post(element_, gst_structure_new(names::msgConnected, "rate", G_TYPE_INT, static_cast<gint>(format.rate),
                                     "channels", G_TYPE_INT, static_cast<gint>(format.channels), nullptr));
    std::optional<Error> failure;
    {
        auto state = state_.lock();
        if (state->playing && state->track && !state->track->place)
            if (auto visited = visit(state); !visited) failure = visited.error();
    }
    if (failure)
        GST_ELEMENT_ERROR(element_, RESOURCE, OPEN_READ, ("%s", failure->message.c_str()), (nullptr));
}

Result<bool> SourceControl::visit(Guarded<State>::Locker& state) {
    auto pool = ingest::Pool::shared(state->settings.contextWait);
    auto& track = *state->track;
    track.pusher->setPool([weak = std::weak_ptr(pool)] {
        const auto strong = weak.lock();
        return strong ? strong->worstLateness() : std::chrono::nanoseconds(0);
    });
    track.place = pool->add(track.session->descriptor(), track.session);
    if (!track.place)
        return Error{std::string("the connection cannot be waited for: ") + std::strerror(errno)};
    // What came with the handshake is in the stream's buffer, where no descriptor announces it.
    track.place.poke();
    return true;
}

Result<bool> SourceControl::play() {
    auto state = state_.lock();
    state->playing = true;
    if (!state->track) return true;
    if (!state->track->place) return visit(state);
    if (!state->track->place.resume()) return cannotWait();
    state->track->place.poke();
    return true;
}

void SourceControl::pause() {
    // Not a wait for a visit that is running: the sinks are paused already, and what it pushes may be held by
    // one of them until they play again or flush.
    auto state = state_.lock();
    state->playing = false;
    if (state->track) state->track->place.suspend();
}

void SourceControl::stop() {
    std::unique_ptr<Track> track;
    std::unique_ptr<ws::Listener> listener;
    {
        auto state = state_.lock();
        state->playing = false;
        track = std::move(state->track);
        listener = std::move(state->listener);
        state->finished = true;
    }
    // Both wait, without the lock: a visit may be on its way to a bus handler that asks us something.
    listener.reset();
    if (!track) return;
    track->place.leave();
    track->session->close();
}

void SourceControl::finish() {
    auto state = state_.lock();
    if (state->track) {
        // While paused nothing is visited: the end comes, behind what has arrived, when the element plays
        // again.
        state->track->session->requestFinish();
        state->track->place.poke();
    } else if (!std::exchange(state->finished, true)) {
        pushEosAsync(element_, pad_, state->settings);
    }
}

std::uint16_t SourceControl::boundPort() {
    return state_.lock()->port;
}

std::optional<PushStats> SourceControl::stats() {
    auto state = state_.lock();
    if (!state->track) return std::nullopt;
    return state->track->pusher->stats();
}

ingest::Pool::LatenessReading SourceControl::lateness() {
    auto state = state_.lock();
    if (!state->track) return {};
    return state->track->place.lateness();
}

} // namespace lm::wsaudiosrc
