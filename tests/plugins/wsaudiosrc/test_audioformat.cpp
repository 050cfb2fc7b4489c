#include "plugins/wsaudiosrc/audioformat.hpp"

#include <gtest/gtest.h>

using namespace lm::wsaudiosrc;

namespace {

constexpr AudioFormat defaults{48000, 1};

} // namespace

TEST(ParseFormat, TakesRateAndChannelsFromTheQuery) {
    const auto format = parseFormat("roomName=a&sampleRate=16000&channels=2&x=%20", defaults);
    ASSERT_TRUE(format);
    EXPECT_EQ(*format, (AudioFormat{16000, 2}));
    EXPECT_EQ(format->bytesPerFrame(), 4u);
}

TEST(ParseFormat, KeepsTheDefaultsForWhatIsMissing) {
    EXPECT_EQ(*parseFormat("", defaults), defaults);
    EXPECT_EQ(*parseFormat("channels=2", {44100, 1}), (AudioFormat{44100, 2}));
}

TEST(ParseFormat, NamesTheParameterThatIsWrong) {
    for (const char* query : {"sampleRate=0", "sampleRate=", "sampleRate=48000.5", "sampleRate=-1",
                              "sampleRate=9e9", "sampleRate=999999999999", "sampleRate=48k"}) {
        const auto format = parseFormat(query, defaults);
        ASSERT_FALSE(format) << query;
        EXPECT_EQ(format.error().where, "sampleRate");
        EXPECT_NE(format.error().message.find("sampleRate"), std::string::npos);
    }
    EXPECT_EQ(parseFormat("channels=0", defaults).error().where, "channels");
    EXPECT_EQ(parseFormat("channels=65", defaults).error().where, "channels");
    EXPECT_EQ(parseFormat("a=%zz", defaults).error().where, "query");
}
