#include "service/domain/filename.hpp"

#include "service/domain/utf8.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lm::domain {
namespace {

const std::vector<std::string> nasty = {"",
                                        ".",
                                        "..",
                                        "...",
                                        "/",
                                        "//",
                                        "../../etc/passwd",
                                        "a/b",
                                        "a..b",
                                        "a\\b",
                                        ".hidden",
                                        "-rf",
                                        " ",
                                        "a ",
                                        "a.",
                                        "a\nb",
                                        std::string("a\0b", 3),
                                        "\xFF\xFE",
                                        "\xC0\xAF",
                                        "a\xE2\x80\xAE"
                                        "b",
                                        "con:prn",
                                        "*?",
                                        "\x7F",
                                        "\xC2\x85",
                                        std::string(4096, 'x'),
                                        std::string(4095, 'x') + "/",
                                        std::string(2000, '/'),
                                        "\xEF\xBB\xBF",
                                        [] {
                                            std::string mics;
                                            for (int i = 0; i < 1000; ++i)
                                                mics += "\xF0\x9F\x8E\xA4";
                                            return mics;
                                        }()};

void expectSafe(const std::string& name, std::size_t limit) {
    EXPECT_FALSE(name.empty());
    EXPECT_LE(name.size(), limit);
    EXPECT_TRUE(isUtf8(name)) << name;
    EXPECT_EQ(name.find_first_of(std::string("/\\\0\n\r", 5)), std::string::npos) << name;
    EXPECT_EQ(name.find(".."), std::string::npos) << name;
    EXPECT_NE(name[0], '.') << name;
    EXPECT_NE(name[0], '-') << name;
}

TEST(PathComponent, IsSafeWhateverTheText) {
    for (const std::string& text : nasty)
        for (const std::size_t limit : {32u, 33u, 66u, 200u})
            expectSafe(pathComponent(text, limit), limit);
}

TEST(PathComponent, KeepsWhatIsANameAlready) {
    for (const char* name :
         {"RM_abc123", "my-room", "Ann Lee", "J\xC3\xBCrgen", "a.b", "x", "\xF0\x9F\x8E\xA4", "user@host"})
        EXPECT_EQ(pathComponent(name), name);
    const std::string longest(200, 'x');
    EXPECT_EQ(pathComponent(longest), longest);
}

TEST(PathComponent, KeepsDifferentTextsDifferent) {
    std::set<std::string> names;
    for (const std::string& text : nasty)
        names.insert(pathComponent(text, 40));
    EXPECT_EQ(names.size(), nasty.size());
    EXPECT_NE(pathComponent("a/b"), pathComponent("a_b"));
    EXPECT_NE(pathComponent("a/b"), pathComponent("a\\b"));
}

TEST(PathComponent, IsTheSameEveryTime) {
    EXPECT_EQ(pathComponent("a/b"), pathComponent("a/b"));
    EXPECT_EQ(pathComponent("a/b").substr(0, 4), "a_b-");
    EXPECT_EQ(pathComponent(""), "unknown");
}

EgressRequest request(const std::string& room, const std::string& participant, const std::string& track) {
    EgressRequest made;
    made.room = room;
    made.participant = participant;
    made.trackId = track;
    return made;
}

TEST(RecordingName, FollowsTheSpecification) {
    const UtcTime start{std::chrono::milliseconds(1'795'380'301'123)};
    EXPECT_EQ(recordingFileName(start, request("room", "ann", "TR_1")),
              utcFileText(start) + "_room_ann_TR_1.wav");
    EXPECT_EQ(recordingFileName(start, request("room", "", "")),
              utcFileText(start) + "_room_unknown_unknown.wav");
}

TEST(RecordingName, FitsAFileNameWhateverTheNames) {
    for (const std::string& text : nasty) {
        expectSafe(recordingStem({}, request(text, text, text)), 224);
        expectSafe(recordingFileName({}, request(text, text, text)), 255);
    }
}

} // namespace
} // namespace lm::domain
