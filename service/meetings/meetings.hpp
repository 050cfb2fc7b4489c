#pragma once

#include "plugins/common/timer.hpp"
#include "service/meetings/listener.hpp"
#include "service/store/change.hpp"
#include "service/webhook/event.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
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
        /// How old a session must be to end because its room is missing: LiveKit's clock is not ours.
        std::chrono::seconds young{60};
    };

    Meetings(Write write, Options options);
    ~Meetings() override;
    Meetings(const Meetings&) = delete;
    Meetings& operator=(const Meetings&) = delete;

    /// `listener` must live as long as this.
    void listen(SessionListener& listener);
    void webhookEvent(const webhook::Event& event) override;
    /// Heals what lost webhooks left behind: `rooms` are all that LiveKit had at `askedAt`. A room without a
    /// session gets one; the session of a room that was missing the last time, too, and is not new, ends.
    void reconcile(const std::vector<livekit::Room>& rooms, domain::UtcTime askedAt);

private:
    /// What changes that are applied later, on another thread, have of us.
    struct Heard;
    std::function<void(const store::Session&, bool changed)> teller() const;
    void forget();

    const Write write_;
    const Options options_;
    const Ref<GMainContext> home_;
    const std::shared_ptr<Heard> heard_;
    std::set<std::string> lastRooms_; // of the last reconcile
    std::optional<domain::UtcTime> lastAsked_;
    Timer timer_;
};

} // namespace lm::meetings
