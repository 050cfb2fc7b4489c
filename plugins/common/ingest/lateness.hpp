#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace lm::ingest {

/// How late rounds of visits ended, measured against their ticks. One thread records, any thread reads;
/// nothing locks. The recent worst forgets after ten to twenty seconds, so that a hiccup does not count for
/// ever.
class Lateness {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::nanoseconds;

    /// Upper bounds of the histogram's buckets; one more bucket takes what is later than the last.
    static constexpr std::array<std::chrono::milliseconds, 10> bounds = {
        std::chrono::milliseconds(1),   std::chrono::milliseconds(2),   std::chrono::milliseconds(5),
        std::chrono::milliseconds(10),  std::chrono::milliseconds(25),  std::chrono::milliseconds(50),
        std::chrono::milliseconds(100), std::chrono::milliseconds(250), std::chrono::milliseconds(1000),
        std::chrono::milliseconds(5000)};
    using Counts = std::array<std::uint64_t, bounds.size() + 1>;

    /// The thread waits for its next tick.
    void expect(TimePoint due) { due_.store(due, std::memory_order_relaxed); }
    /// The round that was due then has ended.
    void record(TimePoint due, TimePoint end);

    Duration worst() const { return worst_.load(std::memory_order_relaxed); }
    /// The worst of the last seconds; a round that has not ended counts with what it is late by `now`.
    Duration recent(TimePoint now) const;

    /// Rounds of every thread of the process, since it started, in each bucket (not cumulative).
    static Counts counts();
    /// Their lateness added up.
    static Duration sum();

private:
    static constexpr std::chrono::seconds window{10};

    std::atomic<TimePoint> due_{TimePoint::max()};
    std::atomic<Duration> worst_{Duration::zero()};
    std::atomic<Duration> thisWindow_{Duration::zero()};
    std::atomic<Duration> lastWindow_{Duration::zero()};
    TimePoint windowEnds_{}; // the recording thread's
};

} // namespace lm::ingest
