#include "service/domain/egressquery.hpp"

#include <gtest/gtest.h>

namespace lm::domain {
namespace {

std::string percent(const std::string& text) {
    std::string out;
    char hex[4];
    for (const char c : text) {
        std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
        out += hex;
    }
    return out;
}

void expectRefused(const std::string& query, const std::string& parameter) {
    const auto parsed = parseEgressQuery(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().where, parameter) << query;
    EXPECT_NE(parsed.error().message.find(parameter), std::string::npos) << parsed.error().message;
}

TEST(EgressQuery, ReadsEveryParameterOfTheSpecification) {
    const auto parsed =
        parseEgressQuery("roomName=my-room&participant=user1&trackId=TR_1&sampleRate=16000&channels=2&"
                         "meetingId=RM_123&groupSeconds=2.5");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->room, "my-room");
    EXPECT_EQ(parsed->participant, "user1");
    EXPECT_EQ(parsed->trackId, "TR_1");
    EXPECT_EQ(parsed->sampleRate, 16000u);
    EXPECT_EQ(parsed->channels, 2u);
    EXPECT_EQ(parsed->meetingId, "RM_123");
    EXPECT_EQ(parsed->groupSeconds, 2.5);
}

TEST(EgressQuery, DefaultsToTheContractsFormat) {
    const auto parsed = parseEgressQuery("roomName=r");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->sampleRate, 48000u);
    EXPECT_EQ(parsed->channels, 1u);
    EXPECT_FALSE(parsed->groupSeconds);
    EXPECT_EQ(parsed->meetingOrRoom(), "r");
}

TEST(EgressQuery, TakesShortNamesAndEmptyOptions) {
    const auto parsed = parseEgressQuery("room=r&track=t&participant=&sampleRate=&channels&groupSeconds=&&");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->room, "r");
    EXPECT_EQ(parsed->trackId, "t");
    EXPECT_EQ(parsed->sampleRate, 48000u);
}

TEST(EgressQuery, KeepsIdentifiersVerbatim) {
    const std::string nasty = "../a/b\\c\n\r\t\"'&=+% ..\xF0\x9F\x8E\xA4";
    const auto parsed = parseEgressQuery("room=" + percent(nasty) + "&participant=Ann+Lee%2B1");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->room, nasty);
    EXPECT_EQ(parsed->participant, "Ann Lee+1");
}

TEST(EgressQuery, TakesIdentifiersOfFourKibibytesAndNoMore) {
    const std::string longest(4096, 'x');
    ASSERT_TRUE(parseEgressQuery("room=r&participant=" + percent(longest)));
    expectRefused("room=r&participant=" + longest + "x", "participant");
}

TEST(EgressQuery, NamesTheParameterThatIsWrong) {
    expectRefused("", "roomName");
    expectRefused("room=", "roomName");
    expectRefused("participant=p", "roomName");
    for (const char* rate :
         {"0", "-1", "7999", "192001", "48000.0", "48k", "0x10", "%2048000", "99999999999999999999"})
        expectRefused(std::string("room=r&sampleRate=") + rate, "sampleRate");
    for (const char* channels : {"0", "9", "-1", "two", "1.5"})
        expectRefused(std::string("room=r&channels=") + channels, "channels");
    for (const char* seconds : {"0", "-2", "nan", "inf", "1e9", "0.01", "2s", "0x2"})
        expectRefused(std::string("room=r&groupSeconds=") + seconds, "groupSeconds");
}

TEST(EgressQuery, RefusesBytesThatAreNoText) {
    expectRefused("room=%00", "roomName");
    expectRefused("room=a%00b", "roomName");
    expectRefused("room=%FF", "roomName");
    expectRefused("room=r&participant=%C0%AF", "participant");
    expectRefused("room=r&track=%ED%A0%80", "trackId");
    expectRefused("room=r&meetingId=%4", "meetingId");
    expectRefused("room=r&meetingId=%zz", "meetingId");
}

TEST(EgressQuery, RefusesAParameterGivenTwice) {
    expectRefused("room=a&room=b", "roomName");
    expectRefused("roomName=a&room=a", "roomName");
    expectRefused("room=a&trackId=1&track=2", "trackId");
}

TEST(EgressQuery, IgnoresWhatItDoesNotKnow) {
    const auto parsed = parseEgressQuery("x=1&x=%zz&room=r&%zz=1&=&token=secret&Room=other");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->room, "r");
}

} // namespace
} // namespace lm::domain
