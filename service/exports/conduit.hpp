#pragma once

#include "plugins/common/guarded.hpp"
#include "service/http/bodysource.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lm::exports {

/// Bytes on their way from the thread that makes them to the client that takes them. It holds `most` bytes
/// and one more put; whoever puts more waits. Any thread, but one alone puts.
class Conduit {
public:
    using Done = std::function<void(http::BodySource::Piece)>;

    explicit Conduit(std::size_t most = 256 << 10) : most_(most) {}
    ~Conduit() { close(); }
    Conduit(const Conduit&) = delete;
    Conduit& operator=(const Conduit&) = delete;

    /// Calls `begun` once: with true when there are bytes, with false when it ends without.
    void await(std::function<void(bool)> begun);

    /// Waits until there is room. False when nobody wants bytes any more.
    bool put(std::string_view bytes);
    /// Nothing comes any more: all has come, or it has failed. What came before goes out first. The first
    /// word counts: false for any other, and when nobody reads any more.
    bool finish(bool whole);

    /// What has come: at least half of `most` unless it is the last; then an empty piece, or nothing when it
    /// failed. As of http::BodySource::read.
    void read(Done done);
    /// Nobody reads any more; who puts is let go.
    void close();

private:
    struct State {
        std::string held = {};
        Done reader = {};
        std::function<void(bool)> begun = {};
        bool finished = false, whole = false, closed = false;
    };
    void serve(Guarded<State>::Locker& state);

    const std::size_t most_;
    Guarded<State> state_;
    std::condition_variable room_;
};

} // namespace lm::exports
