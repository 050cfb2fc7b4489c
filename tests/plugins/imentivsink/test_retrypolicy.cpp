#include "plugins/imentivsink/retrypolicy.hpp"

#include <gtest/gtest.h>

namespace lm::imentivsink {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::int64_t kNow = 784'111'777; // Sun, 06 Nov 1994 08:49:37 GMT

TEST(RetryPolicy, RepeatsWhatMayPass) {
    for (const unsigned status : {0U, 408U, 425U, 429U, 500U, 502U, 503U, 504U})
        EXPECT_EQ(judge(status), Verdict::Retry) << status;
}

TEST(RetryPolicy, TakesEvery2xxAsDelivered) {
    for (const unsigned status : {200U, 201U, 202U, 204U, 299U})
        EXPECT_EQ(judge(status), Verdict::Delivered) << status;
}

TEST(RetryPolicy, TakesEverythingElseAsFinal) {
    for (const unsigned status :
         {100U, 301U, 302U, 307U, 308U, 400U, 404U, 409U, 413U, 422U, 501U, 505U, 507U, 999U})
        EXPECT_EQ(judge(status), Verdict::Failed) << status;
    EXPECT_EQ(judge(401), Verdict::Refused);
    EXPECT_EQ(judge(403), Verdict::Refused);
}

TEST(RetryPolicy, BackoffDoublesUpToItsCap) {
    const double almostOne = 0.99999999;
    EXPECT_EQ(backoff(1, almostOne), 249ms);
    EXPECT_EQ(backoff(2, almostOne), 499ms);
    EXPECT_EQ(backoff(5, almostOne), 3999ms);
    EXPECT_EQ(backoff(6, almostOne), 4999ms);
    EXPECT_EQ(backoff(4'000'000'000U, almostOne), 4999ms);
}

TEST(RetryPolicy, BackoffHasFullJitter) {
    EXPECT_EQ(backoff(3, 0.0), 0ms);
    EXPECT_EQ(backoff(3, 0.5), 500ms);
}

TEST(RetryPolicy, EndsWithTheLastAttempt) {
    EXPECT_EQ(decide({503, 1, 3}, 0.5).verdict, Verdict::Retry);
    EXPECT_EQ(decide({503, 2, 3}, 0.5).verdict, Verdict::Retry);
    EXPECT_EQ(decide({503, 3, 3}, 0.5).verdict, Verdict::Failed);
    EXPECT_EQ(decide({0, 1, 1}, 0.5).verdict, Verdict::Failed);
}

TEST(RetryPolicy, DoesNotDelayWhatIsFinal) {
    EXPECT_EQ(decide({200, 1, 3, 10s}, 0.5).delay, 0ms);
    EXPECT_EQ(decide({400, 1, 3, 10s}, 0.5).delay, 0ms);
}

TEST(RetryPolicy, WaitsAsLongAsTheServerAsksUpToTheCap) {
    EXPECT_EQ(decide({429, 1, 3, 7000ms}, 0.5).delay, 7000ms);
    EXPECT_EQ(decide({429, 1, 3, 1h}, 0.5).delay, kRetryAfterCap);
    EXPECT_EQ(decide({429, 1, 3, 0ms}, 0.5).delay, 125ms);
}

TEST(RetryPolicy, ReadsRetryAfterInSeconds) {
    EXPECT_EQ(parseRetryAfter("120", kNow), 120s);
    EXPECT_EQ(parseRetryAfter(" 0 ", kNow), 0ms);
    EXPECT_GT(parseRetryAfter("99999999999999999999999999999999", kNow), milliseconds(1h));
}

TEST(RetryPolicy, ReadsRetryAfterAsAnyHttpDate) {
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:49:47 GMT", kNow), 10s);
    EXPECT_EQ(parseRetryAfter("Sunday, 06-Nov-94 08:49:47 GMT", kNow), 10s);
    EXPECT_EQ(parseRetryAfter("Sun Nov  6 08:49:47 1994", kNow), 10s);
    EXPECT_EQ(parseRetryAfter("Sun, 06 Nov 1994 08:49:00 GMT", kNow), 0ms) << "in the past";
}

TEST(RetryPolicy, IgnoresARetryAfterThatIsNeither) {
    for (const char* value : {"", "  ", "soon", "-5", "1.5", "12x", "Sun, 31 Feb 1994 08:49:47 GMT",
                              "Sun, 06 Foo 1994 08:49:47 GMT", "Sun, 06 Nov 1994 28:49:47 GMT",
                              "Sun, 06 Nov 1994 08:49:47 GMT and more", "Sun, 06 Nov 1994"})
        EXPECT_EQ(parseRetryAfter(value, kNow), std::nullopt) << value;
}

TEST(RetryPolicy, SaysThatTheKeyWasRefused) {
    EXPECT_EQ(reasonFor(401, true), "the analysis service refused the API key (HTTP 401)");
    EXPECT_EQ(reasonFor(403, false), "the analysis service wants an API key (HTTP 403)");
    EXPECT_EQ(reasonFor(307, true), "redirects are not followed (HTTP 307)");
    EXPECT_EQ(reasonFor(500, true), "the analysis service answered HTTP 500");
}

} // namespace
} // namespace lm::imentivsink
