#pragma once

#include "plugins/common/timer.hpp"
#include "service/autoegress/core.hpp"
#include "service/egresscontrol/mediaurl.hpp"
#include "service/livekit/api.hpp"
#include "service/webhook/event.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lm::egresscontrol {

/// The right to start the egress of a track, which one of several replicas has at a time.
class Claims {
public:
    /// A start takes 25 s at the most, the list before it 30; LiveKit may be at it for longer than it
    /// answers.
    static constexpr std::chrono::seconds life{120};
    /// After a start that LiveKit has answered: until its list shows the egress.
    static constexpr std::chrono::seconds settling{5};

    virtual ~Claims() = default;
    /// Until `life` has passed. Answers later, on the main context, in a bounded time.
    virtual void claim(const std::string& track, std::function<void(autoegress::Claim)> then) = 0;
    /// It is not needed longer than this.
    virtual void end(const std::string& track, std::chrono::seconds after) = 0;
};

/// Does what the core says: asks LiveKit for egresses of tracks to our own URL, and stops those that are too
/// much. Lives on the main context; nothing of it waits.
class Controller : public webhook::Listener {
public:
    struct Options {
        bool automatic = true;
        MediaUrl url{"", ""};
        livekit::Api* api = nullptr; // its answers must come to an end before this does
        Claims* claims = nullptr;    // the same
        GMainContext* home = nullptr;
        std::function<double()> random; // 0 to 1
        std::function<autoegress::Time()> now = std::chrono::steady_clock::now;
        std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
    };
    explicit Controller(Options options);

    void webhookEvent(const webhook::Event& event) override;
    void apply(const autoegress::Snapshot& snapshot);
    /// Nothing is started or stopped any more; who waits is told. What LiveKit sends goes on: another
    /// replica, or the next run, looks after it.
    void shutDown();

    /// What people ask for. `entry`: nullptr when the track has gone.
    using Settled = std::function<void(const autoegress::Core::Entry* entry)>;
    /// Starts an egress; `settled` once it runs, or it is clear that for now it does not. Not called unless
    /// the wish is Accepted.
    autoegress::Core::Wish want(const autoegress::Publication& track, Settled settled);
    /// Stops it, and does not start it again. What has ended already counts as stopped.
    void stop(const std::string& egressId, std::function<void(std::optional<livekit::Failure>)> then);

    bool isShutDown() const { return shutDown_; }
    bool automatic() const { return options_.automatic; }
    const autoegress::Core& core() const { return core_; }

private:
    void feed(const std::function<void(autoegress::Time now)>& input);
    void act();
    void claim(const autoegress::Publication& track);
    void look(const autoegress::Publication& track);
    void start(const autoegress::Publication& track);
    void started(const autoegress::Publication& track, const livekit::Reply<livekit::Egress>& reply);
    void dismiss(const std::string& egressId);
    void settle();
    void changed(livekit::Egress egress, autoegress::Time now);
    static void report(const livekit::Egress& egress, const autoegress::Publication& track);

    const Options options_;
    autoegress::Core core_;
    std::map<std::string, std::vector<Settled>> waiting_; // by track
    std::set<std::string> claimed_;                       // tracks that we may start
    Timer timer_;
    bool shutDown_ = false;
};

} // namespace lm::egresscontrol
