#include "plugins/common/ingest/lateness.hpp"

#include <algorithm>

namespace lm::ingest {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// Outlives the threads, which come and go with their tracks.
struct Totals {
    std::array<std::atomic<std::uint64_t>, Lateness::bounds.size() + 1> counts{};
    std::atomic<std::int64_t> sumNs{0};
};

Totals& totals() {
    static Totals instance;
    return instance;
}

} // namespace

void Lateness::record(TimePoint due, TimePoint end) {
    const Duration late = std::max<Duration>(end - due, Duration::zero());
    if (late > worst()) worst_.store(late, relaxed);
    if (end >= windowEnds_) {
        // Nothing of a window that ended long ago is recent.
        lastWindow_.store(end < windowEnds_ + window ? thisWindow_.load(relaxed) : Duration::zero(), relaxed);
        thisWindow_.store(Duration::zero(), relaxed);
        windowEnds_ = end + window;
    }
    if (late > thisWindow_.load(relaxed)) thisWindow_.store(late, relaxed);
    const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), late) - bounds.begin();
    totals().counts[static_cast<std::size_t>(bucket)].fetch_add(1, relaxed);
    totals().sumNs.fetch_add(late.count(), relaxed);
}

Lateness::Duration Lateness::recent(TimePoint now) const {
    const TimePoint due = due_.load(relaxed);
    const Duration running = now > due ? Duration(now - due) : Duration::zero();
    return std::max({thisWindow_.load(relaxed), lastWindow_.load(relaxed), running});
}

Lateness::Counts Lateness::counts() {
    Counts copy{};
    for (std::size_t i = 0; i < copy.size(); ++i)
        copy[i] = totals().counts[i].load(relaxed);
    return copy;
}

Lateness::Duration Lateness::sum() {
    return Duration(totals().sumNs.load(relaxed));
}

} // namespace lm::ingest
