#include "service/exports/conduit.hpp"

#include <utility>

namespace lm::exports {

/// Gives whoever waits what there is. Lets go of the lock to do so, and to drop what they hold, which may be
/// the last handle to whoever closes this.
void Conduit::serve(Guarded<State>::Locker& s) {
    const bool ended = s->finished || s->closed;
    if (s->begun && (ended || !s->held.empty())) {
        const bool some = !s->held.empty() && !s->closed;
        auto begun = std::exchange(s->begun, nullptr);
        s.unlocked([&] {
            begun(some);
            begun = nullptr;
        });
    }
    if (!s->reader || (!ended && s->held.size() < most_ / 2)) return;
    http::BodySource::Piece piece = std::exchange(s->held, {});
    if (s->closed || (piece->empty() && !s->whole)) piece.reset();
    room_.notify_all();
    auto reader = std::exchange(s->reader, nullptr);
    s.unlocked([&] {
        reader(std::move(piece));
        reader = nullptr;
    });
}

void Conduit::await(std::function<void(bool)> begun) {
    auto s = state_.lock();
    s->begun = std::move(begun);
    serve(s);
}

bool Conduit::put(std::string_view bytes) {
    auto s = state_.lock();
    s.wait(room_, [&] { return s->closed || s->held.size() < most_; });
    if (s->closed) return false;
    s->held += bytes;
    serve(s);
    return true;
}

bool Conduit::finish(bool whole) {
    auto s = state_.lock();
    if (s->finished || s->closed) return false;
    s->finished = true;
    s->whole = whole;
    serve(s);
    return true;
}

void Conduit::read(Done done) {
    auto s = state_.lock();
    s->reader = std::move(done);
    serve(s);
}

void Conduit::close() {
    auto s = state_.lock();
    s->closed = true;
    s->held = {};
    room_.notify_all();
    serve(s);
}

} // namespace lm::exports
