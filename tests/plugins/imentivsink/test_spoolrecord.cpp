#include "plugins/imentivsink/encoding.hpp"
#include "plugins/imentivsink/spoolrecord.hpp"

#include <gtest/gtest.h>

namespace lm::imentivsink {
namespace {

constexpr auto kSession = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6";

Record example() {
    Record r;
    r.endpoint = "http://h/in?tenant=***";
    r.identity = {"RM_1", "Zoë\r\nX-Evil: 1", "TR_1"};
    r.block = {7, 96'000, 480, 1'709'210'096'123'456'789, {48'000, 2}, true};
    r.query = requestQuery(r.identity, r.block.format);
    r.contentType = "audio/L16; rate=48000; channels=2";
    r.session = kSession;
    r.headers = requestHeaders(r.identity, r.block, idempotencyKey(r.session, 7));
    r.bytes = 1920;
    r.sha256 = std::string(64, 'a');
    r.createdNs = 1;
    r.attempts = 3;
    r.reason = "HTTP 503: 100 %";
    return r;
}

TEST(SpoolRecord, ReadsBackWhatWasWritten) {
    const Record r = example();
    const auto text = encodeHeader(r);
    const auto parsed = parseHeader(text + "payload");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->size, text.size());
    const Record& back = parsed->record;
    EXPECT_EQ(back.identity.participant, r.identity.participant);
    EXPECT_EQ(back.headers, r.headers);
    EXPECT_EQ(back.query, r.query);
    EXPECT_EQ(back.block.sample, 96'000U);
    EXPECT_EQ(back.block.utcNs, r.block.utcNs);
    EXPECT_TRUE(back.block.final);
    EXPECT_EQ(back.reason, r.reason);
    EXPECT_EQ(encodeHeader(back), text);
}

TEST(SpoolRecord, RefusesEveryCutHeader) {
    const auto text = encodeHeader(example());
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_FALSE(parseHeader(text.substr(0, size))) << size;
}

TEST(SpoolRecord, RefusesWhatIsNotOne) {
    const auto text = encodeHeader(example());
    const auto with = [&](std::string_view what, std::string_view by) {
        auto changed = text;
        changed.replace(changed.find(what), what.size(), by);
        return parseHeader(changed);
    };
    EXPECT_FALSE(with("block 1", "block 2")) << "of another version";
    EXPECT_FALSE(with("bytes: 1920", "bytes: -1"));
    EXPECT_FALSE(with("bytes: 1920", "bytes: 99999999999999"));
    EXPECT_FALSE(with("X-Meeting-Id", "Authorization")) << "a file brings no credentials";
    EXPECT_FALSE(with("X-Meeting-Id", "Transfer-Encoding"));
    EXPECT_FALSE(with("X-Meeting-Id: RM_1", "X-Meeting-Id: RM%250D%0A"));
    EXPECT_FALSE(with("sha256: a", "sha256: X"));
    EXPECT_FALSE(with("session: 0190", "session: ../0"));
    EXPECT_FALSE(with("track: TR_1", "track: %G1"));
    EXPECT_FALSE(with("track: TR_1", "track TR_1"));
    EXPECT_FALSE(parseHeader(std::string(1U << 20, 'x')));
    EXPECT_FALSE(parseHeader(""));
}

TEST(SpoolRecord, NamesSortInTheOrderOfDeliveryAndReadBack) {
    const FileName name{1'700'000'000'000'000, kSession, routeOf("http://h/in"), 9};
    FileName next = name;
    next.sequence = 10;
    EXPECT_LT(name.text(), next.text());
    const auto back = FileName::parse(name.text());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text(), name.text());
    for (const std::string& wrong :
         {std::string("x"), name.text() + "x", "../" + name.text(), std::string(90, '0')})
        EXPECT_FALSE(FileName::parse(wrong)) << wrong;
}

} // namespace
} // namespace lm::imentivsink
