#pragma once

#include "plugins/common/timer.hpp"
#include "service/association/relocation.hpp"
#include "service/downloads/readers.hpp"
#include "service/meetings/listener.hpp"
#include "service/pipeline/observer.hpp"
#include "service/store/change.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lm::association {

/// `Store::write`: stores later, in order, never waits. `weight`: bytes that the change holds.
using Write = std::function<void(std::size_t weight, store::Change change)>;

/// Gives tracks that started without a meeting the one they were in, when it becomes known: first their rows,
/// then, when they have ended, their files, which a thread of its own moves. It looks when a track without a
/// meeting starts or ends, when a session becomes active, and now and then: what another replica heard, or an
/// earlier run began, is found too. Replicas that share a database may do this at the same time. Lives on the
/// main context; observes tracks after what writes their rows.
class Associator : public pipeline::TrackObserver, public meetings::SessionListener {
public:
    struct Options {
        Places places;
        GMainContext* home = nullptr; // nullptr: the default context
        std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
        std::chrono::milliseconds every{30'000};
        std::chrono::milliseconds soon{1'000}; // while a ledger's last lines are under way
        /// A meeting that began later than this after a track's end is another one.
        std::chrono::minutes reach{10};
        std::chrono::minutes quiet{10};       // see Rest
        std::chrono::hours memory{24};        // tracks that started before are left where they are
        std::chrono::hours patience{30 * 24}; // so long a move that cannot be done is tried
        std::int64_t page = 64;               // moves at once
        std::function<bool()> mayTouchOld = [] { return true; };
        /// Its files have moved.
        std::function<void(const store::Track& track)> moved = [](const store::Track&) {};
    };

    Associator(Write write, Options options);
    /// Does not wait for the disk: what is under way is found again by the next start.
    ~Associator() override;
    Associator(const Associator&) = delete;
    Associator& operator=(const Associator&) = delete;

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;
    void sessionActive(const store::Session& session) override;
    /// Looks what there is to do, now or after what is under way.
    void look();

private:
    struct Found {
        std::vector<Relocation> moves;
        std::optional<store::Cursor> next;
    };
    struct Ended {
        Relocation what;
        Relocated how;
    };
    void tick();
    void ask(std::optional<store::Cursor> after);
    void answered(Found found);
    void relocated(std::vector<Ended> all);
    void conclude(Ended one);
    void report(const Ended& one);
    void goOn();
    /// A function that calls this object's `then` on the main context, unless it is gone by then.
    std::function<void()> atHome(std::function<void(Associator&)> then) const;

    const Write write_;
    const Options options_;
    const Ref<GMainContext> home_;
    std::set<std::string> running_;     // tracks of this process without a meeting
    std::set<std::string> complained_;  // tracks whose failure was logged
    bool asking_ = false;               // the database
    bool again_ = false;                // when it has answered
    bool moving_ = false;               // files: a disk may hang, and rows still get their meeting
    bool missed_ = false;               // what was found meanwhile
    std::optional<store::Cursor> next_; // the page after what is being moved
    Timer tick_, retry_;
    downloads::Readers mover_;
    std::shared_ptr<Associator*> self_ = std::make_shared<Associator*>(this); // for what comes back later
};

} // namespace lm::association
