#include "plugins/imentivsink/payload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace lm::imentivsink {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

const Identity kIdentity{"RM_1", "ann", "TR_1"};
constexpr const char* kQuery = "meetingId=RM_1&participant=ann&track=TR_1&sr=48000&ch=2";

std::string urlOf(const char* endpoint) {
    return requestUrl(endpoint, kIdentity, {48000, 2});
}

TEST(Payload, UrlCarriesTheIdentityInItsQuery) {
    EXPECT_EQ(urlOf("http://h/in"), std::string("http://h/in?") + kQuery);
}

TEST(Payload, UrlKeepsTheQueryOfTheEndpoint) {
    EXPECT_EQ(urlOf("http://h/in?a=1"), std::string("http://h/in?a=1&") + kQuery);
    EXPECT_EQ(urlOf("http://h/in?a=1&"), std::string("http://h/in?a=1&") + kQuery);
    EXPECT_EQ(urlOf("http://h/in?"), std::string("http://h/in?") + kQuery);
}

TEST(Payload, UrlLosesTheFragmentOfTheEndpoint) {
    EXPECT_EQ(urlOf("http://h/in#top?x"), std::string("http://h/in?") + kQuery);
    EXPECT_EQ(urlOf("http://h/in?a=1#top"), std::string("http://h/in?a=1&") + kQuery);
}

TEST(Payload, IdentifiersCannotAddParameters) {
    EXPECT_EQ(requestUrl("http://h/", {"a&ch=9", "b#c", "d e"}, {16000, 1}),
              "http://h/?meetingId=a%26ch%3D9&participant=b%23c&track=d%20e&sr=16000&ch=1");
}

TEST(Payload, ContentTypeNamesTheFormat) {
    EXPECT_EQ(contentType(Payload::Pcm, {44100, 2}), "audio/L16; rate=44100; channels=2");
    EXPECT_EQ(contentType(Payload::Wav, {44100, 2}), "audio/wav");
}

TEST(Payload, HeadersDescribeTheBlock) {
    const BlockInfo block{7, 672000, 96000, 1'709'210'096'123'456'789, {48000, 2}, true, 2};
    EXPECT_THAT(requestHeaders(kIdentity, block, idempotencyKey("uuid", 7)),
                ElementsAre(Pair("X-Meeting-Id", "RM_1"), Pair("X-Participant-Id", "ann"),
                            Pair("X-Track-Id", "TR_1"), Pair("Idempotency-Key", "uuid-7"),
                            Pair("X-Block-Sequence", "7"),
                            Pair("X-Block-Start", "2024-02-29T12:34:56.123456Z"),
                            Pair("X-Block-Start-Sample", "672000"), Pair("X-Block-Samples", "96000"),
                            Pair("X-Block-Final", "true"), Pair("X-Block-Skipped", "2"),
                            Pair("X-Audio-Format", "S16LE")));
}

TEST(Payload, IdentifiersCannotAddHeaders) {
    const auto headers = requestHeaders({"a\r\nAuthorization: x", "Zoë", ""}, {}, "k");
    EXPECT_THAT(headers, Contains(Pair("X-Meeting-Id", "a%0D%0AAuthorization: x")));
    EXPECT_THAT(headers, Contains(Pair("X-Participant-Id", "Zo%C3%AB")));
    EXPECT_THAT(headers, Contains(Pair("X-Track-Id", "")));
}

TEST(Payload, WavHeaderIsExact) {
    const auto header = wavHeader({48000, 2}, 384000);
    const unsigned char expected[44] = {'R', 'I', 'F',  'F',  0x24, 0xDC, 0x05, 0x00, 'W',  'A',  'V',
                                        'E', 'f', 'm',  't',  ' ',  16,   0,    0,    0,    1,    0,
                                        2,   0,   0x80, 0xBB, 0,    0,    0x00, 0xEE, 0x02, 0,    4,
                                        0,   16,  0,    'd',  'a',  't',  'a',  0x00, 0xDC, 0x05, 0x00};
    EXPECT_EQ(std::memcmp(header.data(), expected, sizeof expected), 0);
}

TEST(Payload, WavSizesSaturateInsteadOfWrapping) {
    const auto header = wavHeader({48000, 2}, 1ULL << 40);
    for (const std::size_t at : {4U, 5U, 6U, 7U, 40U, 41U, 42U, 43U})
        EXPECT_EQ(header[at], std::byte{0xff}) << at;
}

} // namespace
} // namespace lm::imentivsink
