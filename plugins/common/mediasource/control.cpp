#include "plugins/common/mediasource/control.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handedcall.hpp"

#include <cerrno>
#include <cstring>

namespace lm::mediasource {
namespace {

Error cannotWait() {
    return {std::string("the connection cannot be waited for: ") + std::strerror(errno)};
}

/// EOS for a stream that never had a session. On a thread of its own: state changes may be waiting for this
/// one.
void pushEosAsync(GstElement* element, const Accept& accept) {
    const auto promise = accept(nullptr);
    if (!promise) return;
    auto call = [make = promise->makePusher] { make()->pushEos(); };
    gst_element_call_async(
        element,
        [](GstElement*, gpointer handed) {
            fence("media source end", [&] { static_cast<HandedCall*>(handed)->run(); });
        },
        new HandedCall(std::move(call)), [](gpointer handed) { delete static_cast<HandedCall*>(handed); });
}

auto makeTrack(const Promise& promise, const Transport& transport, Ref<GIOStream> stream, auto track) {
    track->pusher = promise.makePusher();
    ingest::SessionSettings session;
    session.maxMessageBytes = transport.maxMessageBytes;
    track->session = std::make_shared<ingest::MediaSession>(std::move(stream), session, *track->pusher);
    track->pusher->setSession(&track->session->stats());
    return track;
}

} // namespace

Result<bool> Control::start(Transport transport, Accept accept) {
    {
        auto state = state_.lock();
        *state = State();
        if (transport.connection) {
            auto promise = accept(nullptr);
            if (!promise) return promise.error();
            state->track = makeTrack(*promise, transport, std::exchange(transport.connection, nullptr),
                                     std::make_unique<Track>());
        }
        state->transport = transport;
        state->accept = std::move(accept);
        if (state->track) return true;
    }
    auto opened = ws::Listener::open({transport.address, transport.port, transport.path},
                                     {[this](const char* query) { return onRequest(query); },
                                      [this](Ref<GIOStream> stream) { onConnection(std::move(stream)); }});
    if (!opened) return opened.error();
    const guint port = (*opened)->port();
    {
        auto state = state_.lock();
        state->listener = std::move(*opened);
        state->port = static_cast<std::uint16_t>(port);
    }
    post(gst_structure_new(listeningMessage_, "address", G_TYPE_STRING, transport.address.c_str(), "port",
                           G_TYPE_UINT, port, "path", G_TYPE_STRING, transport.path.c_str(), nullptr));
    return true;
}

std::optional<ws::Refusal> Control::onRequest(const char* query) {
    auto state = state_.lock();
    if (state->track || state->promised || state->finished)
        return ws::Refusal{503, "this source receives one track and has it already"};
    auto promise = state->accept(query);
    if (!promise) return ws::Refusal{400, promise.error().message};
    state->promised = std::move(*promise);
    return std::nullopt;
}

void Control::onConnection(Ref<GIOStream> stream) {
    std::optional<Promise> promised;
    {
        auto state = state_.lock();
        promised = std::exchange(state->promised, std::nullopt);
        if (!stream) return; // the peer went away before the answer was out: the next one may come
        if (!promised || state->finished) {
            // Dropping the stream would not hang up: libsoup's buffered layer keeps the socket open.
            ws::Connection(std::move(stream)).close();
            return;
        }
        state->track = makeTrack(*promised, state->transport, std::move(stream), std::make_unique<Track>());
    }
    // Before the first visit, which may find the end of the track already and tell of that.
    post(promised->connectedMessage());
    std::optional<Error> failure;
    {
        auto state = state_.lock();
        if (state->playing && state->track && !state->track->place)
            if (auto visited = visit(state); !visited) failure = visited.error();
    }
    if (failure)
        GST_ELEMENT_ERROR(element_, RESOURCE, OPEN_READ, ("%s", failure->message.c_str()), (nullptr));
}

Result<bool> Control::visit(Guarded<State>::Locker& state) {
    auto pool = ingest::Pool::shared(state->transport.contextWait);
    auto& track = *state->track;
    track.pusher->setPool([weak = std::weak_ptr(pool)] {
        const auto strong = weak.lock();
        return strong ? strong->worstLateness() : std::chrono::nanoseconds(0);
    });
    track.place = pool->add(track.session->descriptor(), track.session);
    if (!track.place) return cannotWait();
    // What came with the handshake is in the stream's buffer, where no descriptor announces it.
    track.place.poke();
    return true;
}

Result<bool> Control::play() {
    auto state = state_.lock();
    state->playing = true;
    if (!state->track) return true;
    if (!state->track->place) return visit(state);
    if (!state->track->place.resume()) return cannotWait();
    state->track->place.poke();
    return true;
}

void Control::pause() {
    // Not a wait for a visit that is running: the sinks are paused already, and what it pushes may be held by
    // one of them until they play again or flush.
    auto state = state_.lock();
    state->playing = false;
    if (state->track) state->track->place.suspend();
}

void Control::stop() {
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

void Control::finish() {
    auto state = state_.lock();
    if (state->track) {
        // While paused nothing is visited: the end comes, behind what has arrived, when the element plays
        // again.
        state->track->session->requestFinish();
        state->track->place.poke();
    } else if (!std::exchange(state->finished, true)) {
        if (state->accept) pushEosAsync(element_, state->accept);
    }
}

std::uint16_t Control::boundPort() {
    return state_.lock()->port;
}

ingest::Pool::LatenessReading Control::lateness() {
    auto state = state_.lock();
    if (!state->track) return {};
    return state->track->place.lateness();
}

bool Control::withPusher(const std::function<void(Pusher&)>& read) {
    auto state = state_.lock();
    if (state->track) read(*state->track->pusher);
    return state->track != nullptr;
}

void Control::post(GstStructure* structure) {
    gst_element_post_message(element_, gst_message_new_element(GST_OBJECT_CAST(element_), structure));
}

} // namespace lm::mediasource
