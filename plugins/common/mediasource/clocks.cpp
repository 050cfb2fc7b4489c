#include "plugins/common/mediasource/clocks.hpp"

#include "plugins/common/handles.hpp"

#include <limits>

namespace lm::mediasource {
namespace {

constexpr unsigned clockReadings = 8;
constexpr std::uint64_t clockTolerance = 200'000; // ns

} // namespace

std::uint64_t runningTime(GstElement* element) {
    const auto clock = Ref<GstClock>::adopt(gst_element_get_clock(element));
    if (!clock) return 0;
    const GstClockTime now = gst_clock_get_time(clock.get());
    const GstClockTime base = gst_element_get_base_time(element);
    return now > base ? now - base : 0;
}

std::int64_t utcAt(GstElement* element, std::uint64_t running) {
    std::uint64_t narrowest = std::numeric_limits<std::uint64_t>::max();
    std::int64_t utc = 0;
    for (unsigned i = 0; i < clockReadings && narrowest > clockTolerance; ++i) {
        const std::uint64_t before = runningTime(element);
        const std::int64_t read = g_get_real_time() * 1000;
        const std::uint64_t after = runningTime(element);
        if (after - before >= narrowest) continue;
        narrowest = after - before;
        utc = read - static_cast<std::int64_t>(before + narrowest / 2 - running);
    }
    return utc;
}

} // namespace lm::mediasource
