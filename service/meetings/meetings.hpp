#pragma once

#include "plugins/common/timer.hpp"
#include "service/meetings/listener.hpp"
#include "service/store/change.hpp"
#include "service/webhook/event.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace lm::meetings {

/// `Store::write`: stores later, in order, never waits. `weight`: bytes that the change holds.
using Write = std::function<void(std::size_t weight, store::Change change)>;

/// Keeps sessions as webhooks tell of them. A meeting is a room from its start to its end, by the room's sid;
/// it starts with the room, or with whatever shows that it is there when that was lost: a participant (a
/// recorder is none), a published track. An end is final, whatever comes after it and in whichever order, so
/// the same events, however often and in any order, make the same sessions. Lives on the main context.
class Meetings : public webhook::Listener {
public:
    struct Options {
        GMainContext* home = nullptr; // where listeners are called; nullptr: the default context
        std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
        /// How long an event's id is remembered. LiveKit repeats for less than a minute, and its signature is
        /// good for five.
        std::chrono::hours memory{24};
        std::chrono::milliseconds forgetEvery{3'600'000};
    };

    Meetings(Write write, Options options);
    ~Meetings() override;
    Meetings(const Meetings&) = delete;
    Meetings& operator=(const Meetings&) = delete;

    /// `listener` must live as long as this.
    void listen(SessionListener& listener);
    void webhookEvent(const webhook::Event& event) override;

private:
    /// What changes that are applied later, on another thread, have of us.
    struct Heard;
    void forget();

    const Write write_;
    const Options options_;
    const Ref<GMainContext> home_;
    const std::shared_ptr<Heard> heard_;
    Timer timer_;
};

} // namespace lm::meetings
