#include "service/config/settings.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace lm::config {
namespace {

using Values = std::map<std::string, std::string>;

Result<Settings> loadFrom(const Values& values) {
    return load([&](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    });
}

void expectRefused(const std::string& name, const std::string& value, const std::string& allowed) {
    const auto settings = loadFrom({{name, value}});
    ASSERT_FALSE(settings) << name << '=' << value;
    EXPECT_EQ(settings.error().where, name);
    EXPECT_NE(settings.error().message.find(name), std::string::npos);
    EXPECT_NE(settings.error().message.find(allowed), std::string::npos) << settings.error().message;
}

TEST(Settings, AreTheDefaultsWhenNothingIsSet) {
    const auto settings = loadFrom({});
    ASSERT_TRUE(settings);
    EXPECT_EQ(*settings, Settings{});
}

TEST(Settings, WrittenDefaultsAreTheRealOnes) {
    Values written;
    for (const Variable& variable : variables())
        written[variable.name] = variable.defaultValue;
    const auto settings = loadFrom(written);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(*settings, Settings{});
}

TEST(Settings, ExampleFileListsEveryVariableWithItsDefaultAndMeaning) {
    std::ifstream file(LM_ENV_EXAMPLE);
    ASSERT_TRUE(file);
    std::vector<std::string> rows;
    std::string comment;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("# "))
            comment = line.substr(2);
        else if (!line.empty())
            rows.push_back(line + " # " + comment);
    }
    std::vector<std::string> expected;
    for (const Variable& v : variables())
        expected.push_back(std::string(v.name) + '=' + v.defaultValue + " # " + v.meaning);
    EXPECT_EQ(rows, expected);
}

TEST(Settings, ReadEveryVariable) {
    const auto s = loadFrom({{"HOST", "::"},
                             {"EGRESS_AUTH", "token"},
                             {"EGRESS_AUTH_SECRET", std::string(32, 'a') + " , " + std::string(40, 'b')},
                             {"PORT", "0"},
                             {"CORS_ORIGINS", "https://a.example, http://b:8080"},
                             {"AUDIO_PIPELINE_GROUP_SECONDS", "2.5"},
                             {"AUDIO_PIPELINE_PAYLOAD", "wav"},
                             {"AUDIO_PIPELINE_NORMALIZE", "TRUE"},
                             {"AUDIO_PIPELINE_TARGET_DBFS", "-18"},
                             {"AUDIO_PIPELINE_SEND_SILENCE", "yes"},
                             {"IMENTIV_ENDPOINT_URL", "https://u:p@host/x?y=1"},
                             {"IMENTIV_API_KEY", "key"},
                             {"LOG_LEVEL", "debug"},
                             {"PIPELINES_DIR", "/p"},
                             {"SHUTDOWN_TIMEOUT_MS", "500"}});
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(s->http.host, "::");
    EXPECT_EQ(s->http.port, 0);
    EXPECT_EQ(s->http.corsOrigins, (std::vector<std::string>{"https://a.example", "http://b:8080"}));
    EXPECT_EQ(s->egress.auth, EgressAuth::Token);
    EXPECT_EQ(s->egress.authSecrets, (std::vector<std::string>{std::string(32, 'a'), std::string(40, 'b')}));
    EXPECT_EQ(s->audio.groupSeconds, 2.5);
    EXPECT_EQ(s->audio.payload, Payload::Wav);
    EXPECT_TRUE(s->audio.normalize);
    EXPECT_EQ(s->audio.targetDbfs, -18);
    EXPECT_TRUE(s->audio.sendSilence);
    EXPECT_EQ(s->imentiv.endpointUrl, "https://u:p@host/x?y=1");
    EXPECT_EQ(s->imentiv.apiKey, "key");
    EXPECT_EQ(s->logLevel, "debug");
    EXPECT_EQ(s->pipelinesDir, "/p");
    EXPECT_EQ(s->shutdownTimeoutMs, 500u);
}

TEST(Settings, NameTheVariableAndWhatIsAllowed) {
    for (const char* port : {"abc", "-1", "65536", "80 ", "3001.5"})
        expectRefused("PORT", port, "from 0 to 65535");
    expectRefused("HOST", "example.org", "IPv4");
    expectRefused("CORS_ORIGINS", "example.org", "https://");
    expectRefused("CORS_ORIGINS", "*,https://a.example", "*");
    expectRefused("CORS_ORIGINS", "https://a.example/path", "https://");
    expectRefused("AUDIO_PIPELINE_GROUP_SECONDS", "0", "from 0.1 to 300");
    expectRefused("AUDIO_PIPELINE_GROUP_SECONDS", "nan", "from 0.1 to 300");
    expectRefused("AUDIO_PIPELINE_NORMALIZE", "maybe", "true or false");
    expectRefused("AUDIO_PIPELINE_PAYLOAD", "mp3", "pcm or wav");
    expectRefused("LOG_LEVEL", "loud", "debug");
    for (const char* proxies : {"proxy.example.org", "10.0.0.0/33", "10.0.0.1,", "10.0.0.1/8"})
        expectRefused("TRUSTED_PROXIES", proxies, "10.0.0.0/8");
    expectRefused("EGRESS_AUTH", "yes", "token or none");
    const std::string good(32, 's');
    for (const std::string& secrets : {std::string(31, 's'), good + ",", good + ",short", good + ' ' + good,
                                       good + ',' + good + ',' + good})
        expectRefused("EGRESS_AUTH_SECRET", secrets, "32 or more");
    expectRefused("EGRESS_MAX_TRACKS", "0", "from 1");
    for (const char* url : {"mysql://host/x", "./x.db", "postgresql:/host"})
        expectRefused("DATABASE_URL", url, "sqlite:PATH or postgresql://");
    for (const char* url : {"host/path", "ftp://host", "http://", "/x", "javascript:1"})
        expectRefused("IMENTIV_ENDPOINT_URL", url, "http://");
}

TEST(Settings, ReadWhatLiveKitIsUsedFor) {
    const auto s = loadFrom({{"LIVEKIT_URL", "wss://lk.example:7880"},
                             {"LIVEKIT_API_KEY", "key"},
                             {"LIVEKIT_API_SECRET", "secret"},
                             {"LIVEKIT_TOKEN_TTL", "2h"},
                             {"MEET_PORT", "none"},
                             {"NEXT_PUBLIC_CONN_DETAILS_ENDPOINT", "/api/other"},
                             {"NEXT_PUBLIC_ENABLE_TEST_PANELS", "false"},
                             {"S3_BUCKET", "b"},
                             {"S3_ENDPOINT", "http://minio:9000"}});
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(s->livekit.tokenTtlSeconds, 7200u);
    EXPECT_EQ(s->meet.port, std::nullopt);
    EXPECT_EQ(s->meet.connectionDetails, "/api/other");
    EXPECT_FALSE(s->meet.testPanels);
    EXPECT_EQ(s->meet.s3Bucket, "b");
    EXPECT_EQ(s->meet.s3Endpoint, "http://minio:9000");
    EXPECT_EQ(loadFrom({{"MEET_PORT", "0"}})->meet.port, 0);
}

TEST(Settings, ReadSpansOfTime) {
    const auto seconds = [](const std::string& text) {
        const auto s = loadFrom({{"LIVEKIT_TOKEN_TTL", text}});
        return s ? s->livekit.tokenTtlSeconds : 0;
    };
    EXPECT_EQ(seconds("30s"), 30u);
    EXPECT_EQ(seconds("90"), 90u);
    EXPECT_EQ(seconds("10m"), 600u);
    EXPECT_EQ(seconds("1d"), 86'400u);
    for (const char* text : {"5s", "2d", "m", "-1m", "1.5h", "10 m", "99999999999999999999d", "10min"})
        expectRefused("LIVEKIT_TOKEN_TTL", text, "from 10s to 1d");
}

TEST(Settings, RefuseAddressesWithRequestsInThem) {
    for (const char* path : {"api", "//evil.example/x", "/a b", "/a?b"})
        expectRefused("NEXT_PUBLIC_CONN_DETAILS_ENDPOINT", path, "begins with /");
    for (const char* port : {"-1", "65536", "off"})
        expectRefused("MEET_PORT", port, "or none");
}

TEST(Settings, OffLoopbackMediaNeedsAnExplicitWord) {
    for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "::ffff:127.0.0.1"}) {
        const auto silent = loadFrom({{"HOST", host}});
        ASSERT_FALSE(silent) << host;
        EXPECT_EQ(silent.error().where, "EGRESS_AUTH");
        for (const char* name : {"EGRESS_AUTH", "HOST", "EGRESS_AUTH_SECRET", "none"})
            EXPECT_NE(silent.error().message.find(name), std::string::npos) << name;
        EXPECT_FALSE(loadFrom({{"HOST", host}, {"EGRESS_AUTH_SECRET", std::string(32, 's')}})) << host;
        EXPECT_TRUE(loadFrom({{"HOST", host}, {"EGRESS_AUTH", "none"}})) << host;
    }
    for (const char* host : {"127.0.0.1", "127.8.8.8", "::1", "localhost"}) {
        const auto settings = loadFrom({{"HOST", host}});
        ASSERT_TRUE(settings) << host;
        EXPECT_EQ(settings->egress.auth, EgressAuth::None);
    }
}

TEST(Settings, OffLoopbackNoForeignPageMayReadUnlessItIsListed) {
    EXPECT_EQ(loadFrom({})->http.corsOrigins, (std::vector<std::string>{"local"}));
    const Values open{{"HOST", "0.0.0.0"}, {"EGRESS_AUTH", "none"}};
    EXPECT_EQ(loadFrom(open)->http.corsOrigins, std::vector<std::string>{});
    auto all = open;
    all["CORS_ORIGINS"] = "*";
    EXPECT_EQ(loadFrom(all)->http.corsOrigins, (std::vector<std::string>{"*"}));
}

TEST(Settings, AProxyInFrontIsAsGoodAsAnOpenAddress) {
    const auto refused = loadFrom({{"TRUSTED_PROXIES", "127.0.0.1"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "EGRESS_AUTH");
    const auto settings = loadFrom({{"TRUSTED_PROXIES", "127.0.0.1"}, {"EGRESS_AUTH", "none"}});
    ASSERT_TRUE(settings);
    EXPECT_FALSE(isLocal(settings->http));
    EXPECT_EQ(settings->http.corsOrigins, std::vector<std::string>{});
}

TEST(Settings, NamesThatBeginLikeALoopbackAddressAreNone) {
    for (const char* host : {"127.evil.example", "127.0.0.1.evil.example", "localhost.evil", "0.0.0.0", "::"})
        EXPECT_FALSE(isLoopback(host)) << host;
}

TEST(Settings, CredentialsInAnAddressAreRefusedAndNotShown) {
    for (const char* name : {"S3_ENDPOINT", "LIVEKIT_URL"})
        for (const char* url : {"https://user:hunter2@minio:9000", "s3://user:hunter2@minio"}) {
            const auto refused = loadFrom({{name, url}});
            ASSERT_FALSE(refused) << name << ' ' << url;
            EXPECT_EQ(refused.error().where, name);
            EXPECT_EQ(refused.error().message.find("hunter2"), std::string::npos) << refused.error().message;
        }
    for (const char* url : {"wss://livekit.example/?k=hunter2", "wss://livekit.example/#x"})
        EXPECT_FALSE(loadFrom({{"LIVEKIT_URL", url}})) << url << ": clients are told of it";
}

TEST(Settings, TokensNeedASecret) {
    const auto settings = loadFrom({{"EGRESS_AUTH", "token"}});
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().where, "EGRESS_AUTH_SECRET");
    EXPECT_NE(settings.error().message.find("EGRESS_AUTH is token"), std::string::npos);
}

TEST(Settings, OffLoopbackWebhooksAreVerified) {
    const Values open{{"HOST", "0.0.0.0"}, {"EGRESS_AUTH", "none"}};
    EXPECT_TRUE(loadFrom(open)->livekit.webhookVerify);
    auto trusting = open;
    trusting["LIVEKIT_WEBHOOK_VERIFY"] = "false";
    const auto refused = loadFrom(trusting);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "LIVEKIT_WEBHOOK_VERIFY");
    EXPECT_FALSE(loadFrom({{"LIVEKIT_WEBHOOK_VERIFY", "false"}})->livekit.webhookVerify);
}

TEST(Settings, TokensOfTheApiHaveSecretsOfTheirOwn) {
    const auto s = loadFrom({{"API_TOKEN_SECRET", std::string(32, 'a') + "," + std::string(32, 'b')}});
    ASSERT_TRUE(s) << s.error().message;
    EXPECT_EQ(s->api.tokenSecrets, (std::vector<std::string>{std::string(32, 'a'), std::string(32, 'b')}));
    const auto wrong = loadFrom({{"API_TOKEN_SECRET", "hunter2"}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().where, "API_TOKEN_SECRET");
    EXPECT_EQ(wrong.error().message.find("hunter2"), std::string::npos);
}

TEST(Settings, AKeyOfLiveKitNeedsItsSecret) {
    EXPECT_EQ(loadFrom({{"LIVEKIT_API_KEY", "devkey"}}).error().where, "LIVEKIT_API_SECRET");
    EXPECT_EQ(loadFrom({{"LIVEKIT_API_SECRET", "secret"}}).error().where, "LIVEKIT_API_KEY");
    const auto both = loadFrom({{"LIVEKIT_API_KEY", "devkey"}, {"LIVEKIT_API_SECRET", "secret"}});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->livekit.apiKey, "devkey");
    EXPECT_EQ(both->livekit.apiSecret, "secret");
}

TEST(Settings, ALiveKitServerHasAnAddressOfClients) {
    for (const char* url : {"ws://localhost:7880", "wss://h.example", "http://h", "https://h:1/x"})
        EXPECT_EQ(loadFrom({{"LIVEKIT_URL", url}})->livekit.url, url);
    for (const char* url : {"localhost:7880", "ftp://host", "ws://", "/x"})
        expectRefused("LIVEKIT_URL", url, "wss://");
}

TEST(Settings, NeverRepeatASecret) {
    for (const char* name : {"IMENTIV_API_KEY", "IMENTIV_ENDPOINT_URL", "EGRESS_AUTH_SECRET", "DATABASE_URL",
                             "LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"}) {
        const auto settings = loadFrom({{name, "ftp://u:hunter2 @host"}});
        ASSERT_FALSE(settings);
        EXPECT_EQ(settings.error().message.find("hunter2"), std::string::npos) << settings.error().message;
    }
}

} // namespace
} // namespace lm::config
