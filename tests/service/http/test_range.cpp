#include "service/http/range.hpp"

#include <gtest/gtest.h>

namespace lm::http {
namespace {

const Validators state{"\"abc\"", 784111777};
constexpr std::int64_t later = 784111777 + 100;

Selection asked(std::vector<std::pair<std::string, std::string>> headers, std::uint64_t size = 1000,
                const std::string& method = "GET", std::int64_t now = later) {
    Request request{method, "/x", "", ""};
    request.headers = std::move(headers);
    return select(request, size, state, now);
}
Selection ranged(const std::string& range, std::uint64_t size = 1000) {
    return asked({{"Range", range}}, size);
}
using Kind = Selection::Kind;

TEST(Range, NamesTheFirstAndTheLastByte) {
    const Selection part = ranged("bytes=0-499");
    EXPECT_EQ(part.kind, Kind::Part);
    EXPECT_EQ(part.first, 0u);
    EXPECT_EQ(part.length, 500u);
    EXPECT_EQ(contentRange(part, 1000), "bytes 0-499/1000");
    EXPECT_EQ(ranged("Bytes= 999-999 ").length, 1u);
}

TEST(Range, MayBeOpenOrReachBeyondTheEnd) {
    EXPECT_EQ(ranged("bytes=990-").length, 10u);
    EXPECT_EQ(ranged("bytes=990-99999999999999999999999").length, 10u);
}

TEST(Range, MayBeASuffix) {
    EXPECT_EQ(ranged("bytes=-10").first, 990u);
    EXPECT_EQ(ranged("bytes=-10").length, 10u);
    EXPECT_EQ(ranged("bytes=-5000").first, 0u);
    EXPECT_EQ(ranged("bytes=-5000").length, 1000u);
}

TEST(Range, ThatNoByteIsInIsUnsatisfiable) {
    for (const char* range : {"bytes=1000-", "bytes=99999999999999999999999-", "bytes=-0"})
        EXPECT_EQ(ranged(range).kind, Kind::Unsatisfiable) << range;
    EXPECT_EQ(contentRange(ranged("bytes=1000-"), 1000), "bytes */1000");
    EXPECT_EQ(ranged("bytes=0-", 0).kind, Kind::Unsatisfiable);
    EXPECT_EQ(ranged("bytes=-1", 0).kind, Kind::Unsatisfiable);
}

TEST(Range, ThatIsNoneOrManyIsIgnored) {
    for (const char* range : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-1", "bytes=+1-2",
                              "bytes=1-2,4-5", "bytes=0-0,-1", "lines=1-2", "bytes=1-2x", "bytes=--1"}) {
        const Selection whole = ranged(range);
        EXPECT_EQ(whole.kind, Kind::Whole) << range;
        EXPECT_EQ(whole.length, 1000u);
    }
}

TEST(Range, IsForGetAlone) {
    EXPECT_EQ(asked({{"Range", "bytes=0-1"}}, 1000, "HEAD").kind, Kind::Whole);
}

TEST(Range, CountsOnlyWhenTheStateIsStillThat) {
    const auto with = [](const std::string& condition) {
        return asked({{"Range", "bytes=0-1"}, {"If-Range", condition}}).kind;
    };
    EXPECT_EQ(with("\"abc\""), Kind::Part);
    EXPECT_EQ(with("\"abd\""), Kind::Whole);
    EXPECT_EQ(with("W/\"abc\""), Kind::Whole) << "a weak one promises too little";
    EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:37 GMT"), Kind::Part);
    EXPECT_EQ(with("Sun, 06 Nov 1994 08:49:38 GMT"), Kind::Whole) << "a date must be the very same";
    for (const char* wrong : {"nonsense", "Sun, 66 Nov 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT"})
        EXPECT_EQ(with(wrong), Kind::Whole) << wrong;
}

TEST(Range, ADateOfThisSecondIsNotExactEnough) {
    const auto kind = asked({{"Range", "bytes=0-1"}, {"If-Range", "Sun, 06 Nov 1994 08:49:37 GMT"}}, 1000,
                            "GET", state.lastModified)
                          .kind;
    EXPECT_EQ(kind, Kind::Whole);
}

TEST(Condition, SparesWhatTheClientHas) {
    EXPECT_EQ(asked({{"If-None-Match", "\"x\", W/\"abc\""}}).kind, Kind::NotModified);
    EXPECT_EQ(asked({{"If-None-Match", "*"}}).kind, Kind::NotModified);
    EXPECT_EQ(asked({{"If-None-Match", "\"x\""}}).kind, Kind::Whole);
    EXPECT_EQ(asked({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).kind, Kind::NotModified);
    EXPECT_EQ(asked({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}).kind, Kind::Whole);
    EXPECT_EQ(
        asked({{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).kind,
        Kind::Whole)
        << "the tag decides";
}

TEST(HttpDate, IsTheFixedForm) {
    EXPECT_EQ(httpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

} // namespace
} // namespace lm::http
