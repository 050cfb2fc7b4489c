#include "service/livekit/failure.hpp"

#include <gtest/gtest.h>

namespace lm::livekit {
namespace {

using Kind = Failure::Kind;

TEST(Failure, TellsApartWhatTwirpTells) {
    const auto kind = [](unsigned status, const std::string& code) {
        return failureFrom(status, R"({"code":")" + code + R"(","msg":"no","meta":{"a":"b"}})").kind;
    };
    EXPECT_EQ(kind(400, "invalid_argument"), Kind::Invalid);
    EXPECT_EQ(kind(401, "unauthenticated"), Kind::Refused);
    EXPECT_EQ(kind(403, "permission_denied"), Kind::Refused);
    EXPECT_EQ(kind(404, "not_found"), Kind::NotFound);
    EXPECT_EQ(kind(408, "deadline_exceeded"), Kind::Late);
    EXPECT_EQ(kind(412, "failed_precondition"), Kind::Precondition);
    EXPECT_EQ(kind(429, "resource_exhausted"), Kind::Busy);
    EXPECT_EQ(kind(500, "internal"), Kind::Broken);
    EXPECT_EQ(kind(503, "unavailable"), Kind::Busy);
}

TEST(Failure, RepeatsWhatWasSaid) {
    EXPECT_EQ(failureFrom(404, R"({"code":"not_found","msg":"requested room does not exist"})").message,
              "LiveKit answered 404: requested room does not exist");
    EXPECT_EQ(failureFrom(404, R"({"code":"not_found","msg":"x"})").code, "not_found");
}

TEST(Failure, ReadsThePlainTextOfTheMiddleware) {
    const Failure failure = failureFrom(401, "invalid API key\n");
    EXPECT_EQ(failure.kind, Kind::Refused);
    EXPECT_EQ(failure.message, "LiveKit answered 401: invalid API key");
}

TEST(Failure, ShowsNoPageOfAProxy) {
    EXPECT_EQ(failureFrom(502, "<html>Bad Gateway</html>").message, "LiveKit answered 502");
    EXPECT_EQ(failureFrom(502, "<html>").kind, Kind::Late);
}

TEST(Failure, IsShortAndOnOneLine) {
    const Failure failure = failureFrom(500, std::string(5000, 'x') + "\n\x1b[31m");
    EXPECT_LT(failure.message.size(), 400u);
    EXPECT_EQ(failureFrom(500, "a\nb").message, "LiveKit answered 500: a b");
}

TEST(Failure, HidesWhatAUrlMayHide) {
    EXPECT_EQ(withoutSecrets("invalid url ftp://u:pw@h/p?a=1&token=SECRET: invalid scheme"),
              "invalid url ftp://h/p?... invalid scheme");
    EXPECT_EQ(withoutSecrets(R"(dial "wss://h/p?token=SECRET" and ws://k?t=SECRET failed)"),
              R"(dial "wss://h/p?..." and ws://k?... failed)");
    EXPECT_EQ(withoutSecrets("write tcp 10.0.0.5:44820->10.0.0.2:8000: write: broken pipe"),
              "write tcp 10.0.0.5:44820->10.0.0.2:8000: write: broken pipe");
    EXPECT_EQ(failureFrom(400, R"({"code":"invalid_argument","msg":"invalid url ws://h?t=SECRET"})")
                  .message.find("SECRET"),
              std::string::npos);
}

} // namespace
} // namespace lm::livekit
