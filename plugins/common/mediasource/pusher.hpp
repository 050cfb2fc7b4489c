#pragma once

#include "plugins/common/ingest/mediasession.hpp"

#include <chrono>
#include <functional>

namespace lm::mediasource {

/// The GStreamer end of a session: what a kind of media makes of what arrives. Called on the ingest thread,
/// except where stated.
class Pusher : public ingest::SessionOutput {
public:
    /// Ends the stream without a session: nobody had connected. Not concurrently with the calls of a session.
    virtual void pushEos() = 0;
    /// Where the session's own numbers are read; they live as long as the session. Before the first call.
    virtual void setSession(const ingest::SessionStats* stats) = 0;
    /// How late the threads were at worst. Before the first call.
    virtual void setPool(std::function<std::chrono::nanoseconds()> worstLateness) = 0;
};

} // namespace lm::mediasource
