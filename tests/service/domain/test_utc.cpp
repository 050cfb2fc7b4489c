#include "service/domain/utc.hpp"

#include <gtest/gtest.h>

namespace lm::domain {
namespace {

using namespace std::chrono;

constexpr UtcTime moment = sys_days(year(2026) / 11 / 22) + 20h + 45min + 1s + 123'999us;

TEST(Utc, WritesIsoWithMillisecondsCut) {
    EXPECT_EQ(utcText(moment), "2026-11-22T20:45:01.123Z");
}

TEST(Utc, WritesTheFileFormWithoutColons) {
    EXPECT_EQ(utcFileText(moment), "20261122T204501.123Z");
}

TEST(Utc, CountsBackwardsBeforeTheEpoch) {
    EXPECT_EQ(utcText(UtcTime(-1ms)), "1969-12-31T23:59:59.999Z");
}

} // namespace
} // namespace lm::domain
