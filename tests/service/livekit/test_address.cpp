#include "service/livekit/address.hpp"

#include <gtest/gtest.h>

namespace lm::livekit {
namespace {

std::string origin(const std::string& url) {
    const auto result = apiOrigin(url);
    return result ? *result : "";
}

std::string regional(const std::string& url, const std::string& region) {
    const auto result = regionalUrl(url, region);
    return result ? *result : "";
}

TEST(Address, TheApiIsAtTheHttpTwinOfTheAddressOfClients) {
    EXPECT_EQ(origin("ws://localhost:7880"), "http://localhost:7880");
    EXPECT_EQ(origin("wss://p.livekit.cloud/"), "https://p.livekit.cloud");
    EXPECT_EQ(origin("https://lk.example/some/path?x=1"), "https://lk.example");
    EXPECT_EQ(origin("http://[::1]:7880"), "http://[::1]:7880");
}

TEST(Address, RefusesWhatIsNoAddress) {
    for (const char* url : {"", "localhost:7880", "ftp://host", "wss://", "ws:// x"})
        EXPECT_EQ(origin(url), "") << url;
}

TEST(Address, KnowsWhatIsOnThisMachine) {
    EXPECT_TRUE(isLocal("ws://localhost:7880"));
    EXPECT_TRUE(isLocal("ws://127.0.0.1:7880"));
    EXPECT_TRUE(isLocal("http://[::1]"));
    EXPECT_FALSE(isLocal("wss://lk.example"));
}

TEST(Address, MapsRegionsOfTheCloudAlone) {
    EXPECT_EQ(regional("wss://p.livekit.cloud", "eu"), "wss://p.eu.production.livekit.cloud/");
    EXPECT_EQ(regional("wss://p.staging.livekit.cloud", "eu"), "wss://p.eu.staging.livekit.cloud/");
    EXPECT_EQ(regional("wss://p.livekit.cloud/a?b=c", "us"), "wss://p.us.production.livekit.cloud/a?b=c");
    EXPECT_EQ(regional("ws://localhost:7880", "eu"), "ws://localhost:7880");
    EXPECT_EQ(regional("wss://livekit.cloud.example.com", "eu"), "wss://livekit.cloud.example.com");
    EXPECT_EQ(regional("wss://p.livekit.cloud", ""), "wss://p.livekit.cloud");
}

TEST(Address, TakesNoRegionThatWouldBeAnotherHost) {
    for (const char* region : {"evil.example/", "a.b", "a/b", "-a", "a@b", "a b", "\xc3\xa4"})
        EXPECT_EQ(regional("wss://p.livekit.cloud", region), "") << region;
}

} // namespace
} // namespace lm::livekit
